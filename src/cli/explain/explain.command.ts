import type { Environment } from '../../config/read-variables.js';
import { EXIT_CODE_CONFIG, HostError } from '../../errors.js';
import { readConfig } from '../../read-config.js';
import { EXIT_OK } from '../cli-error.js';
import { parseCommand, runCommand } from '../command-line.js';
import { outputWidth } from '../wrapped.js';
import { explanationOf } from './explanation.js';

export const EXPLAIN_HELP = `tributary explain: what the host would do with this configuration

Reads the environment and TRIGGERS_FILE as tributary start does, starts nothing
and listens nowhere. Prints the limits of the host and, for every trigger, what
becomes of each outcome, with this configuration's deadlines, delays and dead
letters. Whether ports are free is not looked at.

  succeeded    2xx, 3xx, or no status
  rejected     the handler's 4xx, but 408 and 429
  failed       its 5xx, 408, 429; or it threw, or gave no valid response
  timed-out    no answer within the deadline
  crashed      the sub-runtime died during it
  unavailable  the sub-runtime does not run, or the host ends
  overloaded   as many wait as may

Exit codes: 0 the configuration is valid; 78 it is not: stderr says all that is
wrong, as at a start; 64 wrong usage.
`;

/** `tributary explain`: the settle table of this configuration. Resolves with the exit code. */
export async function explain(args: readonly string[], environment: Environment): Promise<number> {
  return runCommand({ name: 'explain', help: EXPLAIN_HELP }, args, () => {
    parseCommand('explain', { args, options: {} });
    return explainConfiguration(environment);
  });
}

function explainConfiguration(environment: Environment): number {
  try {
    process.stdout.write(explanationOf(readConfig(environment), outputWidth()));
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODE_CONFIG;
  }
}
