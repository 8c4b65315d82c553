import type { Msg } from '@nats-io/transport-node';
import type { DeliveryFacts } from './ack-subject.js';
import { type DeliveryRecord, NO_RECORD } from './delivery-record.js';

/** One message in hand: delivered by the server, not settled yet. */
export class Delivery {
  /** The same over redeliveries: `<stream>-<sequence>`. */
  readonly id: string;
  /** The message and no other: a stream that is made anew counts from 1 again, and gives the same id to others. */
  readonly key: string;
  /** When the server last heard of it, epoch milliseconds. */
  touchedAt = Date.now();
  /** How often the sub-runtime died while this ran beside others. */
  crashesInCompany = 0;
  /** As which attempt it runs, or ran, here; from 1. */
  attempt: number | undefined;
  /** What is known of the deliveries before the first that came here. */
  record: DeliveryRecord = NO_RECORD;
  private latest: { readonly facts: DeliveryFacts; readonly ackSubject: string | undefined };

  constructor(
    readonly message: Msg,
    facts: DeliveryFacts,
  ) {
    this.latest = { facts, ackSubject: message.reply };
    this.id = `${facts.stream}-${facts.sequence}`;
    this.key = `${this.id}@${facts.publishedAt}`;
  }

  get facts(): DeliveryFacts {
    return this.latest.facts;
  }

  /** Where its settlement is published to; `undefined` where nobody waits for it any more. */
  get ackSubject(): string | undefined {
    return this.latest.ackSubject;
  }

  /** The how many-th delivery this is of those that count. */
  get charged(): number {
    return this.facts.deliveryCount - this.record.free;
  }

  /** Earlier deliveries whose hosts died, as far as anybody knows. */
  get lost(): number {
    return this.charged - 1 - this.record.failures;
  }

  /** The original bytes: a view of a larger buffer of the library. */
  get data(): Buffer {
    const { data } = this.message;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  /** The server delivered it again although it is in hand: what counts is the latest, and that it is one run. */
  redeliveredAs({ latest }: Delivery): void {
    const more = Math.max(0, latest.facts.deliveryCount - this.facts.deliveryCount);
    this.record = { ...this.record, free: this.record.free + more };
    this.latest = latest;
    this.touchedAt = Date.now();
  }

  /** The consumer that delivered it is gone: what is said of it now would be taken for a message of its successor. */
  disown(): void {
    this.latest = { ...this.latest, ackSubject: undefined };
  }
}
