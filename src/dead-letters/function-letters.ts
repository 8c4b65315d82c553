import { HostError } from '../errors.js';
import { deadLettersPrefix } from '../nats/own-streams.js';
import type { DeadLetterStore } from './dead-letter.store.js';
import { type LetterFilter, matchesFilter } from './letter-filter.js';
import { letterId, type LetterPlace } from './letter-id.js';
import type { StoredLetter } from './stored-letter.js';

/** Some of many letters. */
export interface LetterPage {
  readonly letters: readonly StoredLetter[];
  /** The id behind which the next ones begin; `undefined` where there are no more. */
  readonly next: string | undefined;
}

/** The letters of one function, out of all that lie in the streams. */
export class FunctionLetters {
  constructor(
    private readonly store: DeadLetterStore,
    /** As `SCW_APPLICATION_NAME` has it. */
    private readonly name: string,
    /** Dead letter subjects of triggers that have one of their own. */
    private readonly subjects: readonly string[],
  ) {}

  /** The letters that match, from the oldest, at most `limit`. */
  async list(filter: LetterFilter, { after, limit }: { after?: LetterPlace; limit: number }): Promise<LetterPage> {
    const letters: StoredLetter[] = [];
    for await (const letter of this.matching(filter, after)) {
      if (letters.length === limit) return { letters, next: letters.at(-1)?.id };
      letters.push(letter);
    }
    return { letters, next: undefined };
  }

  async *matching(filter: LetterFilter, after?: LetterPlace): AsyncGenerator<StoredLetter, void, undefined> {
    const prefixes = [deadLettersPrefix(this.name), ...this.subjects];
    for await (const found of this.store.walk(prefixes, after)) {
      if (found.letter.function === this.name && matchesFilter(found.letter, filter)) yield found;
    }
  }

  /** Rejects with a `HostError` `DEAD_LETTER_NOT_FOUND`, also where it is the letter of another function. */
  async get(place: LetterPlace): Promise<StoredLetter> {
    const found = await this.store.get(place);
    const id = letterId(place);
    if (!found) throw new HostError('DEAD_LETTER_NOT_FOUND', `there is no dead letter ${id}`);
    if (found.letter.function === this.name) return found;
    const other = `dead letter ${id} is one of the function ${JSON.stringify(found.letter.function)}`;
    throw new HostError('DEAD_LETTER_NOT_FOUND', `${other}, not of ${JSON.stringify(this.name)}`);
  }
}
