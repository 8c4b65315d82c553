import { Injectable } from '@nestjs/common';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { StoredLetter } from './stored-letter.js';

/** Runs the letters of one trigger again. */
export interface LetterReplayer {
  readonly triggerName: string;
  /** Prefix of the subjects of its letters. */
  readonly deadLetterSubject: string;
  /** Takes the event of a letter to the function. Rejects with a `HostError` `DEAD_LETTER_REFUSED` where it has none. */
  run(letter: StoredLetter): Promise<InvocationOutcome>;
  /** Sees to it that the outcome of a replay that succeeded is where results go; resolves when it is safe there. */
  publishResult(letter: StoredLetter, outcome: InvocationOutcome): Promise<void>;
}

/** The triggers of this host that can have dead letters. */
@Injectable()
export class LetterReplayers {
  private readonly byTrigger = new Map<string, LetterReplayer>();

  /** To be called while the application is initialised. */
  register(replayer: LetterReplayer): void {
    this.byTrigger.set(replayer.triggerName, replayer);
  }

  of(triggerName: string): LetterReplayer | undefined {
    return this.byTrigger.get(triggerName);
  }

  /** Under which all of their letters lie. */
  get subjects(): string[] {
    return [...this.byTrigger.values()].map(({ deadLetterSubject }) => deadLetterSubject);
  }
}
