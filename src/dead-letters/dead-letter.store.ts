import { Inject, Injectable } from '@nestjs/common';
import type { JetStreamManager, StoredMsg, StreamAPI } from '@nats-io/jetstream';
import { HostError } from '../errors.js';
import { streamInfo } from '../nats/ensure-stream.js';
import { explainJetStreamError, isJetStreamError } from '../nats/jetstream-error.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { DEAD_LETTERS_PREFIX, DEAD_LETTERS_STREAM } from '../nats/own-streams.js';
import type { LetterPlace } from './letter-id.js';
import { readStoredLetter, type StoredLetter } from './stored-letter.js';

/** The part of `JetStreamClient` that is needed; a command brings its own. */
export interface ManagerSource {
  manager(): Promise<JetStreamManager>;
}

/** Letters of one stream. */
interface Shelf {
  readonly stream: string;
  /** Subjects of the letters, with a wildcard at the end. */
  readonly subjects: string[];
}

/**
 * Reads and deletes letters where they lie. Everything rejects with a `HostError` `NATS_UNAVAILABLE` where the server does
 * not answer, or has no JetStream.
 */
@Injectable()
export class DeadLetterStore {
  constructor(@Inject(JetStreamClient) private readonly source: ManagerSource) {}

  /**
   * The letters that are there now, stream by stream from the oldest; those that come meanwhile are not among them.
   *
   * @param prefixes Of their subjects, such as `tributary.dead.shop`.
   * @param after The letters behind this one.
   */
  async *walk(prefixes: readonly string[], after?: LetterPlace): AsyncGenerator<StoredLetter, void, undefined> {
    const shelves = await this.shelvesOf(prefixes);
    const first = after ? shelves.findIndex(({ stream }) => stream === after.stream) : 0;
    if (first < 0) return;
    for (const [index, shelf] of shelves.slice(first).entries()) {
      yield* this.walkShelf(shelf, after && index === 0 ? after.sequence + 1 : 1);
    }
  }

  /** `undefined` where there is no such letter. */
  async get({ stream, sequence }: LetterPlace): Promise<StoredLetter | undefined> {
    if (sequence > (await this.lastSequence(stream))) return undefined;
    const message = await this.request((streams) => streams.getMessage(stream, { seq: sequence }));
    return message ? readStoredLetter(stream, message) : undefined;
  }

  /** False where it is not there any more. */
  async delete({ stream, sequence }: LetterPlace): Promise<boolean> {
    try {
      return (await this.request((streams) => streams.deleteMessage(stream, sequence))) ?? false;
    } catch (error) {
      // The server says no more than that it failed: somebody else may have been faster.
      if (await this.request((streams) => streams.getMessage(stream, { seq: sequence }))) throw error;
      return false;
    }
  }

  private async *walkShelf({ stream, subjects }: Shelf, from: number): AsyncGenerator<StoredLetter, void, undefined> {
    const last = await this.lastSequence(stream);
    const next = async (subject: string, sequence: number) =>
      sequence > last ? undefined : this.nextMessage(stream, subject, sequence);
    const heads = await Promise.all(subjects.map((subject) => next(subject, from)));
    for (;;) {
      const nearest = nearestOf(heads, last);
      if (!nearest) return;
      const letter = readStoredLetter(stream, nearest.message);
      if (letter) yield letter;
      heads[nearest.index] = await next(subjects[nearest.index] ?? '', nearest.message.seq + 1);
    }
  }

  /** Our own stream comes first. */
  private async shelvesOf(prefixes: readonly string[]): Promise<Shelf[]> {
    const shelves = new Map<string, Shelf>([[DEAD_LETTERS_STREAM, { stream: DEAD_LETTERS_STREAM, subjects: [] }]]);
    for (const prefix of withoutCovered(prefixes)) {
      const stream = await this.streamOf(prefix);
      if (stream === undefined) continue;
      const shelf = shelves.get(stream) ?? { stream, subjects: [] };
      shelf.subjects.push(`${prefix}.>`);
      shelves.set(stream, shelf);
    }
    return [...shelves.values()].filter(({ subjects }) => subjects.length > 0);
  }

  private async streamOf(prefix: string): Promise<string | undefined> {
    if (isOwn(prefix)) return DEAD_LETTERS_STREAM;
    const names = await this.request((streams) => streams.names(`${prefix}.STREAM.1`).next());
    return names?.[0];
  }

  /**
   * To be asked for before any message is: nats-server 2.9.10 dies of a request for a message of a stream that is just being
   * created (a nil pointer in `jsMsgGetRequest`); that has none.
   */
  private async lastSequence(stream: string): Promise<number> {
    const info = await this.reach(async (manager) => streamInfo(manager, stream));
    return info?.state.last_seq ?? 0;
  }

  private async nextMessage(stream: string, subject: string, from: number): Promise<StoredMsg | undefined> {
    // The library declares this form for direct requests alone; servers know it since 2.9.
    const query = { seq: from, next_by_subj: subject } as unknown as { seq: number };
    return (await this.request((streams) => streams.getMessage(stream, query))) ?? undefined;
  }

  private async request<T>(work: (streams: StreamAPI) => Promise<T>): Promise<T | undefined> {
    return this.reach(({ streams }) => work(streams));
  }

  private async reach<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T | undefined> {
    try {
      return await work(await this.source.manager());
    } catch (error) {
      if (isJetStreamError(error, 'streamNotFound')) return undefined;
      throw new HostError('NATS_UNAVAILABLE', `dead letters cannot be reached: ${explainJetStreamError(error)}`, {
        cause: error,
      });
    }
  }
}

function isOwn(prefix: string): boolean {
  return `${prefix}.`.startsWith(`${DEAD_LETTERS_PREFIX}.`);
}

/** A prefix below another one would have its letters found twice. */
function withoutCovered(prefixes: readonly string[]): string[] {
  const all = [...new Set(prefixes)];
  return all.filter((prefix) => !all.some((other) => other !== prefix && prefix.startsWith(`${other}.`)));
}

function nearestOf(
  heads: readonly (StoredMsg | undefined)[],
  last: number,
): { readonly index: number; readonly message: StoredMsg } | undefined {
  let nearest: { index: number; message: StoredMsg } | undefined;
  for (const [index, message] of heads.entries()) {
    if (!message || message.seq > last) continue;
    if (!nearest || message.seq < nearest.message.seq) nearest = { index, message };
  }
  return nearest;
}
