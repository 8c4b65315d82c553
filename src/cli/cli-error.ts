import { messageOf } from '../errors.js';
import { oneLine } from './terminal-text.js';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
/** `EX_USAGE` of sysexits.h. */
export const EXIT_USAGE = 64;

/** Something that the user can put right; its message is one line that says how. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode = EXIT_FAILED,
  ) {
    super(message);
  }
}

/** Runs a command; an error is one line on stderr. Resolves with the exit code. */
export async function reportErrors(command: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`${command}: ${oneLine(messageOf(error))}\n`);
    return error instanceof CliError ? error.exitCode : EXIT_FAILED;
  }
}
