import { Injectable, Logger } from '@nestjs/common';
import { HostError } from '../errors.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import { atMost } from '../nats/at-most.js';
import { isNatsConfigured, NatsConnectionConfig } from '../nats/nats-connection.config.js';
import { DeadLetterStore } from './dead-letter.store.js';
import { FunctionLetters, type LetterPage } from './function-letters.js';
import type { LetterFilter } from './letter-filter.js';
import { letterId, type LetterPlace } from './letter-id.js';
import { LetterReplay } from './letter-replay.js';
import { LetterReplayers } from './letter-replayers.js';
import type { ReplayReport, ReplayStopped } from './replay-report.js';
import type { StoredLetter } from './stored-letter.js';

/**
 * The dead letters of this function: shows, replays and discards them. Rejects with a `HostError`: `NATS_UNAVAILABLE`,
 * `DEAD_LETTER_NOT_FOUND` (also for the letter of another function), and where replaying is asked for `DEAD_LETTER_REFUSED`
 * and `DRAINING`.
 */
@Injectable()
export class DeadLettersService {
  private readonly logger = new Logger('DeadLetters');
  /** By their ids: the same letter is never replayed twice at once. */
  private readonly replaying = new Map<string, Promise<ReplayReport>>();
  /** Ends of replays of many letters, whose last report somebody has to hear. */
  private readonly unfinished = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly store: DeadLetterStore,
    private readonly replayers: LetterReplayers,
    private readonly letterReplay: LetterReplay,
    private readonly application: InvocationConfig,
    private readonly nats: NatsConnectionConfig,
  ) {}

  /** The letters that match, from the oldest, at most `limit`. */
  async list(filter: LetterFilter, page: { after?: LetterPlace; limit: number }): Promise<LetterPage> {
    return this.letters.list(filter, page);
  }

  async get(place: LetterPlace): Promise<StoredLetter> {
    return this.letters.get(place);
  }

  /** Runs a letter's event, and removes the letter if that succeeds. */
  async replay(place: LetterPlace): Promise<ReplayReport> {
    this.requireServing();
    const id = letterId(place);
    this.requireNotReplaying(id);
    // Read only now: whoever replayed it before has removed it by the end.
    const replaying = this.get(place).then((found) => this.letterReplay.run(found));
    this.replaying.set(id, replaying);
    try {
      return await replaying;
    } finally {
      this.replaying.delete(id);
    }
  }

  /** Replays all letters that match, one at a time, and tells of each; whoever returns the iterator stops it. */
  async *replayAll(filter: LetterFilter): AsyncGenerator<ReplayReport | ReplayStopped, void, undefined> {
    const finish = this.beginMany();
    try {
      for await (const found of this.letters.matching(filter)) {
        const report = await this.reportOn(found);
        if (report) yield report;
        this.requireServing();
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      yield { result: 'stopped', message: error.message };
    } finally {
      finish();
    }
  }

  /** Removes a letter, unseen by the function. */
  async discard(place: LetterPlace): Promise<void> {
    const { id } = await this.get(place);
    this.requireNotReplaying(id);
    await this.store.delete(place);
    this.logger.log(`Dead letter ${id} was discarded`);
  }

  /** Removes all letters that match, but those that are being replayed; gives their number. */
  async discardAll(filter: LetterFilter): Promise<number> {
    let discarded = 0;
    for await (const { id, place } of this.letters.matching(filter)) {
      if (this.replaying.has(id)) continue;
      if (await this.store.delete(place)) discarded++;
    }
    this.logger.log(`${discarded} dead letters were discarded`);
    return discarded;
  }

  /** Throws where nothing can be replayed now. */
  requireServing(): void {
    if (this.stopping) throw new HostError('DRAINING', 'the host is shutting down and replays nothing');
    this.requireNats();
  }

  /** Begins no replay any more. */
  stop(): void {
    this.stopping = true;
  }

  /** Resolves when what is being replayed has come to its end, within `timeoutMs`. */
  async settleRest(timeoutMs: number): Promise<void> {
    await atMost(timeoutMs, Promise.allSettled([...this.replaying.values(), ...this.unfinished]));
  }

  /** Asked for each time: triggers register while the application is initialised. */
  private get letters(): FunctionLetters {
    this.requireNats();
    return new FunctionLetters(this.store, this.application.applicationName, this.replayers.subjects);
  }

  private beginMany(): () => void {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    this.unfinished.add(finished);
    return () => {
      this.unfinished.delete(finished);
      finish();
    };
  }

  /** `undefined` where somebody else has removed it. */
  private async reportOn({ place, id, letter }: StoredLetter): Promise<ReplayReport | undefined> {
    try {
      return await this.replay(place);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === 'DEAD_LETTER_NOT_FOUND') return undefined;
      if (error.code !== 'DEAD_LETTER_REFUSED') throw error;
      const { trigger, requestId } = letter;
      return { id, trigger, requestId, result: 'refused', message: error.message };
    }
  }

  private requireNotReplaying(id: string): void {
    if (this.replaying.has(id)) throw new HostError('DEAD_LETTER_REFUSED', `dead letter ${id} is being replayed`);
  }

  private requireNats(): void {
    if (isNatsConfigured(this.nats)) return;
    throw new HostError('NATS_UNAVAILABLE', 'there are no dead letters without NATS: TRIGGER_NATS_URL is not set');
  }
}
