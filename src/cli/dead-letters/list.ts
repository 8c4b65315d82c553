import type { Environment } from '../../config/read-variables.js';
import { summaryOf } from '../../dead-letters/letter-view.js';
import { EXIT_OK } from '../cli-error.js';
import { withLetters } from './letter-access.js';
import { FILTER_OPTIONS, filterOf, JSON_OPTION, NATS_OPTIONS, parsed, readPlace, usage } from './letter-arguments.js';
import { tableOf } from './letter-text.js';
import { visibleJson } from '../terminal-text.js';

const DEFAULT_LIMIT = 100;

/** `tributary dead-letters list`: a table, or the JSON that the host's API gives. */
export async function listLetters(args: readonly string[], environment: Environment): Promise<number> {
  const options = {
    ...NATS_OPTIONS,
    ...FILTER_OPTIONS,
    ...JSON_OPTION,
    limit: { type: 'string' },
    cursor: { type: 'string' },
  } as const;
  const { values, positionals } = parsed(args, options);
  if (positionals.length > 0) throw usage('list takes no ids; show ID shows one letter');
  const filter = filterOf(values);
  const limit = readLimit(values.limit);
  const after = values.cursor === undefined ? undefined : readPlace(values.cursor, '--cursor');
  const page = await withLetters(values, environment, ({ letters }) =>
    letters.list(filter, { limit, ...(after && { after }) }),
  );
  if (values.json) {
    process.stdout.write(`${visibleJson({ letters: page.letters.map(summaryOf), next: page.next })}\n`);
    return EXIT_OK;
  }
  if (page.letters.length > 0) process.stdout.write(tableOf(page.letters));
  else process.stderr.write('no dead letters\n');
  if (page.next) process.stderr.write(`there are more: --cursor ${page.next}\n`);
  return EXIT_OK;
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(`--limit: expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
