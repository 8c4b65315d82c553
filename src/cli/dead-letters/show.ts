import type { Environment } from '../../config/read-variables.js';
import type { LetterPlace } from '../../dead-letters/letter-id.js';
import { viewOf } from '../../dead-letters/letter-view.js';
import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { CliError, EXIT_OK } from '../cli-error.js';
import { readSettings } from '../settings.js';
import { type AccessOptions, functionName, withLetters, withStore } from './letter-access.js';
import { JSON_OPTION, NATS_OPTIONS, parsed, readPlace, usage } from './letter-arguments.js';
import { invocationOf } from './letter-invocation.js';
import { textOf } from './letter-text.js';
import { visible, visibleJson } from '../terminal-text.js';

/** `tributary dead-letters show`: one letter for people, as JSON, or as the request that a sub-runtime gets. */
export async function showLetter(args: readonly string[], environment: Environment): Promise<number> {
  const options = {
    ...NATS_OPTIONS,
    ...JSON_OPTION,
    invocation: { type: 'boolean' },
    'handler-path': { type: 'string' },
  } as const;
  const { values, positionals } = parsed(args, options);
  const [id, ...others] = positionals;
  if (id === undefined || others.length > 0) throw usage(`show: expected one ID, got ${positionals.length}`);
  if (values.invocation && values.json) throw usage('--invocation and --json contradict each other');
  const place = readPlace(id);
  const write = values.invocation ? invocationWriter(values['handler-path'], environment) : letterWriter(values.json);
  write(await find(place, values, environment));
  return EXIT_OK;
}

/** Its id says which it is: a function has to be named only for those who want to be told of a mistake. */
async function find(place: LetterPlace, options: AccessOptions, environment: Environment): Promise<StoredLetter> {
  if (functionName(options, environment) !== undefined) {
    return withLetters(options, environment, ({ letters }) => letters.get(place));
  }
  const found = await withStore(options, environment, (store) => store.get(place));
  if (!found) throw new CliError('there is no such dead letter');
  return found;
}

function letterWriter(asJson: boolean | undefined): (found: StoredLetter) => void {
  return (found) => process.stdout.write(asJson ? `${visibleJson(viewOf(found))}\n` : textOf(found));
}

/** To a pipe goes the body and nothing else. */
function invocationWriter(given: string | undefined, environment: Environment): (found: StoredLetter) => void {
  const handlerPath = given ?? environment['SCW_HANDLER_PATH'];
  if (!handlerPath) throw usage('--invocation: expected --handler-path PATH, or SCW_HANDLER_PATH');
  const config = readSettings(InvocationConfig, environment);
  return (found) => {
    if (found.letter.truncated !== undefined) {
      process.stderr.write('the headers of the message did not fit into the letter: the event lacks them\n');
    }
    const body = invocationOf(found, config, handlerPath, Date.now());
    process.stdout.write(process.stdout.isTTY ? `${visible(body)}\n` : body);
  };
}
