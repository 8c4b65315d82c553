import type { Environment } from '../../config/read-variables.js';
import { EXIT_CODE_CONFIG, HostError } from '../../errors.js';
import { readConfig } from '../../read-config.js';
import { EXIT_OK, EXIT_USAGE } from '../cli-error.js';
import { explanationOf } from './explanation.js';

export const EXPLAIN_HELP = `tributary explain: what the host would do with this configuration

Reads the environment and TRIGGERS_FILE as tributary start does, starts nothing and listens nowhere. Prints the limits of the
host and, for every trigger, what becomes of each outcome, with this configuration's deadlines, delays and dead letters.
Whether ports are free is not looked at.

The outcomes: succeeded (2xx, 3xx, or no status), rejected (the handler's 4xx, but 408 and 429), failed (its 5xx, 408, 429, or it
threw, or gave no valid response), timed-out, crashed (the sub-runtime died during it), unavailable (the sub-runtime does not run,
or the host ends), overloaded (as many wait as may).

Exit codes: 0 the configuration is valid; 78 it is not: stderr says all that is wrong, as at a start; 64 wrong usage.
`;

/** `tributary explain`: the settle table of this configuration. Gives the exit code. */
export function explain(args: readonly string[], environment: Environment): number {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(EXPLAIN_HELP);
    return EXIT_OK;
  }
  if (args.length > 0) {
    process.stderr.write(
      'tributary explain: takes no arguments, but the environment; tributary explain --help says more\n',
    );
    return EXIT_USAGE;
  }
  try {
    process.stdout.write(explanationOf(readConfig(environment)));
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODE_CONFIG;
  }
}
