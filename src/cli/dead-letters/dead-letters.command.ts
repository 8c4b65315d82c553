import type { Environment } from '../../config/read-variables.js';
import { runCommand } from '../command-line.js';
import { DEFAULT_SERVER } from '../nats-connection.js';
import { discardLetters } from './discard.js';
import { usage } from './letter-arguments.js';
import { listLetters } from './list.js';
import { replayLetters } from './replay.js';
import { showLetter } from './show.js';

export const DEAD_LETTERS_HELP = `tributary dead-letters: what was given up, and why; run it again, or remove it

  list                   the letters of the function, from the oldest
    --limit N            at most so many (100)
    --cursor ID          those behind this one
  show ID                one letter: why, headers, body
    --invocation         print the body of the request that a sub-runtime gets,
                         and nothing else: tributary dead-letters show 7
                         --invocation | curl --json @- http://127.0.0.1:8081/
    --handler-path PATH  for --invocation; by default SCW_HANDLER_PATH
  replay ID... | FILTER  the running host gives them to its function; what
                         succeeds is removed
    --admin URL          its admin port; by default ADMIN_HOST and ADMIN_PORT;
                         the token is that of ADMIN_TOKEN(_FILE)
  discard ID... | FILTER remove them, unseen by the function
    --yes                do not ask

FILTER, all of which must fit; for list as well:
  --trigger NAME  --reason REASON  --request-id ID
  --subject SUBJECT      of the message; wildcards allowed
  --before TIME  --after TIME
                         given up before, or since, a time such as
                         2026-11-27T10:00:00Z, or a day
  --all                  for replay and discard: no filter, all letters

  --json                 for programs
  --function NAME        whose letters; by default SCW_APPLICATION_NAME
  --server URL           the NATS server; by default TRIGGER_NATS_URL, else
                         ${DEFAULT_SERVER}
  --dead-letter-subject SUBJECT
                         of a trigger that has its own; may stand several times;
                         by default TRIGGER_NATS_DEAD_LETTER_SUBJECT

Credentials are those of TRIGGER_NATS_*. Exit codes: 0 done; 1 not, or not all;
64 wrong usage.
`;

/** `tributary dead-letters`. Resolves with the exit code. */
export async function deadLetters(args: readonly string[], environment: Environment): Promise<number> {
  const [command, ...rest] = args;
  return runCommand({ name: 'dead-letters', help: DEAD_LETTERS_HELP }, args, () => {
    switch (command) {
      case 'list':
        return listLetters(rest, environment);
      case 'show':
        return showLetter(rest, environment);
      case 'replay':
        return replayLetters(rest, environment);
      case 'discard':
        return discardLetters(rest, environment);
      default:
        throw usage(
          `expected list, show, replay or discard, got ${command === undefined ? 'nothing' : JSON.stringify(command)}`,
        );
    }
  });
}
