import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName } from '../config/nearest-name.js';
import { messageOf } from '../errors.js';
import { CliError, EXIT_OK, EXIT_USAGE, reportErrors } from './cli-error.js';

/** A command of `tributary`, as its users see it. */
export interface CommandText {
  /** As it is typed: `dead-letters`. */
  readonly name: string;
  readonly help: string;
}

/**
 * Prints the help where it is asked for, else runs the command; an error is one line on stderr. Resolves with the exit code.
 *
 * @param args Those of the command itself; what stands behind `--` is somebody else's.
 */
export async function runCommand(
  { name, help }: CommandText,
  args: readonly string[],
  run: () => number | Promise<number>,
): Promise<number> {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (!own.includes('--help') && !own.includes('-h')) return reportErrors(`tributary ${name}`, async () => run());
  process.stdout.write(help);
  return EXIT_OK;
}

/** The error of somebody who typed something else than the command takes. */
export function usageError(command: string, message: string): CliError {
  return new CliError(`${message}; see tributary ${command} --help`, EXIT_USAGE);
}

/** As `parseArgs()`, but what cannot be read is the error of whoever typed it. */
export function parseCommand<Config extends ParseArgsConfig>(
  command: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw usageError(command, explain(messageOf(error), Object.keys(config.options ?? {})));
  }
}

/** Node explains at length how a positional argument may begin with a dash, which nobody has asked. */
function explain(message: string, options: readonly string[]): string {
  const [, unknown] = /^Unknown option '--([^']*)'/.exec(message) ?? [];
  if (unknown === undefined) return message.replaceAll(/\s*\n\s*/g, ' ').replace(/[.;]$/, '');
  const nearest = nearestName(unknown, options);
  return `Unknown option '--${unknown}'${nearest === undefined ? '' : `, did you mean --${nearest}?`}`;
}
