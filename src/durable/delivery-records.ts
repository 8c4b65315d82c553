import { Injectable } from '@nestjs/common';
import type { JetStreamManager } from '@nats-io/jetstream';
import { ensureStream } from '../nats/ensure-stream.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import { NatsClient } from '../nats/nats.client.js';
import { ATTEMPTS_STREAM, attemptsStream, attemptSubject } from '../nats/own-streams.js';
import { BoundedMap } from './bounded-map.js';
import type { DeliveryFacts } from './ack-subject.js';
import type { Delivery } from './delivery.js';
import { type DeliveryRecord, NO_RECORD, readRecord, writeRecord } from './delivery-record.js';

/** Records of this process that need not be asked for. */
const REMEMBERED = 8_192;

/**
 * What hosts write down of redeliveries that begin, and of deliveries that they settle without ending the message. The server
 * counts deliveries, but does not tell whether one was handed back, failed, never began, or died with its host; that is told
 * by these records, one for each message that was ever delivered again, in a stream of our own. On the way of a message that
 * succeeds at once there is none.
 */
@Injectable()
export class DeliveryRecords {
  private readonly own = new BoundedMap<DeliveryRecord>(REMEMBERED);

  constructor(
    private readonly jetStream: JetStreamClient,
    private readonly nats: NatsClient,
    private readonly config: NatsConnectionConfig,
  ) {}

  /** Creates the stream where it is missing. */
  async prepare(manager: JetStreamManager): Promise<void> {
    await ensureStream(manager, attemptsStream, this.config.replicas);
  }

  /** What is known of the deliveries before this one. Rejects where the server does not answer. */
  async read({ facts }: Delivery): Promise<DeliveryRecord> {
    if (facts.deliveryCount === 1) return NO_RECORD;
    const own = this.own.get(keyOf(facts));
    if (own?.settled === facts.deliveryCount - 1) return own;
    const manager = await this.jetStream.manager();
    const last = await manager.streams.getMessage(ATTEMPTS_STREAM, { last_by_subj: attemptSubject(facts) });
    const record = last ? readRecord(last.string(), facts.publishedAt) : NO_RECORD;
    const earlier = facts.deliveryCount - 1;
    // A server that was killed counts back, and a consumer that was made anew from 1: all may have begun, and none ended.
    const isAhead = Math.max(record.settled, record.begun) > earlier;
    return isAhead ? { ...NO_RECORD, settled: earlier, lost: earlier } : record;
  }

  /**
   * A delivery begins: should it not be settled, its host died with it. Not written of a first delivery, since most messages
   * have one alone. Rejects where it is not known to be stored.
   */
  async begin(delivery: Delivery): Promise<void> {
    const { facts, record, lost } = delivery;
    const { deliveryCount: begun } = facts;
    const text = writeRecord({ ...record, lost, begun }, facts.publishedAt);
    await this.jetStream.publish(attemptSubject(facts), text, []);
    delivery.begun = begun;
  }

  /**
   * Not confirmed: it goes out in front of the settlement itself, on the same connection. Where it is lost, a delivery
   * counts as one whose host died.
   */
  write({ facts }: Delivery, record: DeliveryRecord): void {
    this.own.set(keyOf(facts), record);
    this.nats.publishSoon(attemptSubject(facts), writeRecord(record, facts.publishedAt));
  }
}

/** Consumers of one stream have the same messages, each with attempts of its own. */
function keyOf(facts: DeliveryFacts): string {
  return `${attemptSubject(facts)}@${facts.publishedAt}`;
}
