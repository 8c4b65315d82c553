import { Injectable, Logger } from '@nestjs/common';
import { HostError, messageOf } from '../errors.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { DeadLetterStore } from './dead-letter.store.js';
import { type LetterReplayer, LetterReplayers } from './letter-replayers.js';
import { outcomeDetail } from './outcome-detail.js';
import type { ReplayReport } from './replay-report.js';
import type { StoredLetter } from './stored-letter.js';

/** Runs a letter's event again, and removes the letter if that succeeds. */
@Injectable()
export class LetterReplay {
  private readonly logger = new Logger('DeadLetters');

  constructor(
    private readonly store: DeadLetterStore,
    private readonly replayers: LetterReplayers,
  ) {}

  /** Rejects with a `HostError` `DEAD_LETTER_REFUSED` where it cannot run here. */
  async run(found: StoredLetter): Promise<ReplayReport> {
    const replayer = this.replayerOf(found);
    const outcome = await replayer.run(found);
    const report =
      outcome.kind === 'succeeded' ? await this.conclude(found, replayer, outcome) : failure(found, outcome);
    const { requestId, trigger, result } = report;
    this.logger.log({ message: `The replay of dead letter ${found.id} ${result}`, requestId, trigger });
    return report;
  }

  private replayerOf({ id, letter }: StoredLetter): LetterReplayer {
    const replayer = this.replayers.of(letter.trigger);
    if (!replayer)
      throw refused(`dead letter ${id} is one of trigger ${letter.trigger}, which this host does not have`);
    if (letter.truncated === undefined) return replayer;
    throw refused(`dead letter ${id} lacks the headers of its message, which did not fit: it would be another event`);
  }

  /** The letter goes last: whatever fails before leaves it to be replayed again. */
  private async conclude(
    found: StoredLetter,
    replayer: LetterReplayer,
    outcome: InvocationOutcome,
  ): Promise<ReplayReport> {
    const { status } = outcomeDetail(outcome);
    const kept = (what: string, error: unknown): ReplayReport => {
      const message = `the function succeeded, but ${what}: ${messageOf(error)}`;
      return { ...about(found), result: 'failed', outcome: outcome.kind, status, message };
    };
    try {
      await replayer.publishResult(found, outcome);
    } catch (error) {
      return kept('its result could not be published', error);
    }
    try {
      await this.store.delete(found.place);
    } catch (error) {
      return kept('the letter could not be removed', error);
    }
    return { ...about(found), result: 'succeeded', status };
  }
}

function refused(message: string): HostError {
  return new HostError('DEAD_LETTER_REFUSED', message);
}

function failure(found: StoredLetter, outcome: InvocationOutcome): ReplayReport {
  const { status, error = outcome.kind } = outcomeDetail(outcome);
  return { ...about(found), result: 'failed', outcome: outcome.kind, status, message: error };
}

function about({ id, letter }: StoredLetter): Pick<ReplayReport, 'id' | 'trigger' | 'requestId'> {
  return { id, trigger: letter.trigger, requestId: letter.requestId };
}
