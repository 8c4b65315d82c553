import { createInterface } from 'node:readline/promises';
import type { Environment } from '../../config/read-variables.js';
import type { LetterPlace } from '../../dead-letters/letter-id.js';
import { messageOf } from '../../errors.js';
import { CliError, EXIT_FAILED, EXIT_OK } from '../cli-error.js';
import { type LetterAccess, withLetters } from './letter-access.js';
import { FILTER_OPTIONS, JSON_OPTION, NATS_OPTIONS, parsed, selectionOf, usage } from './letter-arguments.js';
import { oneLine } from '../terminal-text.js';

/** `tributary dead-letters discard`: removes letters for good. */
export async function discardLetters(args: readonly string[], environment: Environment): Promise<number> {
  const options = {
    ...NATS_OPTIONS,
    ...FILTER_OPTIONS,
    ...JSON_OPTION,
    all: { type: 'boolean' },
    yes: { type: 'boolean' },
  } as const;
  const { values, positionals } = parsed(args, options);
  const selection = selectionOf(positionals, values);
  if (selection.kind === 'filter' && !values.yes && !process.stdin.isTTY) {
    throw usage('without a terminal to ask on, discarding by a filter needs --yes');
  }
  return withLetters(values, environment, async (access) => {
    const isChosen = selection.kind === 'ids';
    const places = isChosen ? selection.places : await placesOf(access.letters.matching(selection.filter));
    if (!isChosen && !values.yes && places.length > 0) await confirm(places.length);
    const { discarded, failed } = await discardEach(places, access, isChosen);
    const said = values.json ? JSON.stringify({ discarded, failed }) : `discarded ${discarded}`;
    process.stdout.write(`${said}\n`);
    return failed > 0 ? EXIT_FAILED : EXIT_OK;
  });
}

async function placesOf(letters: AsyncIterable<{ readonly place: LetterPlace }>): Promise<LetterPlace[]> {
  const places: LetterPlace[] = [];
  for await (const { place } of letters) places.push(place);
  return places;
}

async function confirm(count: number): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Discard ${count} dead letters for good? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was discarded');
}

/** @param isChosen By its id: that there is no such letter is a failure then. */
async function discardEach(
  places: readonly LetterPlace[],
  { store, letters }: LetterAccess,
  isChosen: boolean,
): Promise<{ discarded: number; failed: number }> {
  let [discarded, failed] = [0, 0];
  for (const place of places) {
    try {
      if (isChosen) await letters.get(place);
      if (await store.delete(place)) discarded++;
    } catch (error) {
      failed++;
      process.stderr.write(`tributary dead-letters: ${oneLine(messageOf(error))}\n`);
    }
  }
  return { discarded, failed };
}
