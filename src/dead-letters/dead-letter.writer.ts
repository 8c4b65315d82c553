import { Injectable } from '@nestjs/common';
import type { JetStreamManager, MsgRequest, StoredMsg } from '@nats-io/jetstream';
import { ensureStream } from '../nats/ensure-stream.js';
import { isJetStreamError } from '../nats/jetstream-error.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { type MessageHeaders, messageSize } from '../nats/message-headers.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import { NatsClient } from '../nats/nats.client.js';
import { DEAD_LETTERS_PREFIX, deadLettersStream } from '../nats/own-streams.js';
import { type DeadLetter, letterHeaders, readLetterHeaders, type ReceivedHeaders } from './dead-letter.js';

/** Bytes of the headers that publishing adds: `Nats-Expected-Last-Subject-Sequence: 0`. */
const EXPECTATION_SIZE = 64;

/** Writes dead letters. */
@Injectable()
export class DeadLetterWriter {
  constructor(
    private readonly jetStream: JetStreamClient,
    private readonly nats: NatsClient,
    private readonly config: NatsConnectionConfig,
  ) {}

  /**
   * Sees to it that letters under a prefix are stored: our own stream is created where it is missing. Rejects with a text
   * that says what to do where no stream covers the prefix.
   */
  async prepare(prefix: string, manager: JetStreamManager): Promise<void> {
    if (`${prefix}.`.startsWith(`${DEAD_LETTERS_PREFIX}.`)) {
      await ensureStream(manager, deadLettersStream, this.config.replicas);
      return;
    }
    const subject = `${prefix}.STREAM.1`;
    const names = await manager.streams.names(subject).next();
    if (names.length > 0) return;
    throw new Error(
      `no stream stores the dead letters: create one with the subject ${prefix}.>, or leave the dead letter subject out`,
    );
  }

  /**
   * Stores a letter under `<prefix>.<stream>.<sequence>` and resolves when the server has confirmed that it is there,
   * from now or from before: there is never a second. A stream that was made anew counts from 1 again: what it gives up
   * is another message than the one of its subject that was given up before. Rejects where that is not known.
   */
  async write(prefix: string, letter: DeadLetter, own: ReceivedHeaders, body: Buffer): Promise<void> {
    const headers = this.fitting(letter, own, body);
    const subject = `${prefix}.${letter.stream}.${letter.sequence}`;
    let lastSubjectSequence = 0;
    for (;;) {
      try {
        await this.jetStream.publish(subject, body, headers, { expect: { lastSubjectSequence } });
        return;
      } catch (error) {
        if (!isJetStreamError(error, 'wrongLastSequence')) throw error;
      }
      const earlier = await this.lettersOn(subject);
      if (earlier.some((message) => isOf(letter, message))) return;
      lastSubjectSequence = earlier.at(-1)?.seq ?? 0;
    }
  }

  /** Seldom more than one: those of another stream of the same name, and of other triggers with the same prefix. */
  private async lettersOn(subject: string): Promise<StoredMsg[]> {
    const { streams } = await this.jetStream.manager();
    const stream = await streams.find(subject);
    const found: StoredMsg[] = [];
    for (let seq = 1; ; seq = (found.at(-1)?.seq ?? 0) + 1) {
      const next = await streams.getMessage(stream, { seq, next_by_subj: subject } as MsgRequest);
      if (!next) return found;
      found.push(next);
    }
  }

  /** The body is never cut: where all of it does not fit, the trace, the message's own headers, then the error's text are left out. */
  private fitting(letter: DeadLetter, own: ReceivedHeaders, body: Buffer): MessageHeaders {
    const untraced = { ...letter, traceparent: undefined };
    const candidates = [
      letterHeaders(letter, own),
      letterHeaders(untraced, own),
      letterHeaders({ ...untraced, truncated: 'headers' }, []),
      letterHeaders({ ...untraced, lastError: undefined, truncated: 'headers, error' }, []),
    ];
    const limit = this.nats.maxPayload - EXPECTATION_SIZE;
    const fitting = candidates.find((headers) => messageSize(headers, body) <= limit);
    if (fitting) return fitting;
    throw new Error(
      `the message and the headers of a dead letter are over the NATS server's max_payload of ${this.nats.maxPayload} bytes; raise it`,
    );
  }
}

/** Triggers, and functions, may share a subject: a letter is there already only where it is this trigger's own. */
function isOf(letter: DeadLetter, message: StoredMsg): boolean {
  const found = letterIn(message);
  if (!found) return false;
  const members = ['publishedAt', 'function', 'trigger', 'consumer'] as const;
  return members.every((member) => found[member] === letter[member]);
}

/** The library throws at names that ADR-4 does not allow: no host has written that. */
function letterIn(message: StoredMsg): DeadLetter | undefined {
  try {
    return readLetterHeaders(message.header)?.letter;
  } catch {
    return undefined;
  }
}
