import { api, LETTERS_AT_ONCE } from './api.js';
import type { LetterSummary } from './api-types.js';

/** The letters as far as they have been asked for. */
export interface Letters {
  readonly list: readonly LetterSummary[];
  readonly next: string | undefined;
  /** Why they, or more of them, cannot be shown. */
  readonly problem: string | undefined;
  readonly isAsking: boolean;
}

/** What the list is part of. */
export interface LetterListOwner {
  onChange(): void;
  /** Gives what to say of an error. */
  failed(error: unknown): string;
  /** Whether somebody is about to do something with a letter. */
  isBusy(): boolean;
}

/** The dead letters that are shown, page by page; of several requests at once the last one counts. */
export class LetterList {
  letters: Letters | undefined;
  private asked = 0;

  constructor(private readonly owner: LetterListOwner) {}

  /** From the first one; or those behind `cursor`, beside those that are shown. */
  async load(cursor?: string): Promise<void> {
    const asked = ++this.asked;
    const { letters } = this;
    if (letters) this.show({ ...letters, isAsking: true });
    const answer = await this.ask(cursor, cursor === undefined ? [] : (letters?.list ?? []));
    if (asked === this.asked) this.show(answer);
  }

  /** What has been removed is gone from the list, which stays as far as it has been read. */
  drop(id: string): void {
    const { letters } = this;
    if (!letters) return;
    // An answer that is under way may still have it.
    this.asked++;
    const list = letters.list.filter((letter) => letter.id !== id);
    this.show({ ...letters, list, isAsking: false });
    if (list.length === 0 && letters.next !== undefined) void this.load();
  }

  /** Looks for what has been given up since, by whichever host, unless that would take away what is being read. */
  refresh(): void {
    const { letters } = this;
    if (!letters || letters.isAsking || letters.list.length > LETTERS_AT_ONCE || this.owner.isBusy()) return;
    void this.load();
  }

  private async ask(cursor: string | undefined, before: readonly LetterSummary[]): Promise<Letters> {
    try {
      const { letters, next } = await api.letters(cursor);
      return { list: [...before, ...letters], next, problem: undefined, isAsking: false };
    } catch (error) {
      return { list: before, next: cursor, problem: this.owner.failed(error), isAsking: false };
    }
  }

  private show(letters: Letters): void {
    this.letters = letters;
    this.owner.onChange();
  }
}
