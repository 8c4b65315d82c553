import type { Msg } from '@nats-io/transport-node';
import type { TraceContext } from '../invocation/trace-context.js';
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
  /** The trace of that run. */
  trace: Partial<TraceContext> | undefined;
  /** What is known of the deliveries before the first that came here. */
  record: DeliveryRecord = NO_RECORD;
  /** Whether `record` was read, or there is none: what is not known must not be written over. */
  isRecordKnown: boolean;
  /** Which delivery it is that is written down as begun. */
  begun = 0;
  /** The how many-th delivery came here first. */
  private readonly first: number;
  private latest: { readonly facts: DeliveryFacts; readonly ackSubject: string | undefined };

  constructor(
    readonly message: Msg,
    facts: DeliveryFacts,
  ) {
    this.latest = { facts, ackSubject: message.reply };
    this.first = facts.deliveryCount;
    this.isRecordKnown = this.first === 1;
    this.id = `${facts.stream}-${facts.sequence}`;
    this.key = `${this.id}@${facts.publishedAt}`;
  }

  get facts(): DeliveryFacts {
    return this.latest.facts;
  }

  /** Should its host die now, it is known that it had begun. Of a first delivery that is assumed. */
  get isKnownToBegin(): boolean {
    const { deliveryCount } = this.facts;
    return deliveryCount === 1 || this.begun === deliveryCount;
  }

  /** Where its settlement is published to; `undefined` where nobody waits for it any more. */
  get ackSubject(): string | undefined {
    return this.latest.ackSubject;
  }

  /** The how many-th run this is: what was handed back, or never began, does not count. */
  get charged(): number {
    return this.record.failures + this.lost + 1;
  }

  /** Earlier runs whose hosts died. Of a first delivery nobody writes down that it began: it may not have. */
  get lost(): number {
    const { settled, lost, begun } = this.record;
    if (begun > settled) return lost + 1;
    return settled === 0 && this.first > 1 ? 1 : lost;
  }

  /** The original bytes: a view of a larger buffer of the library. */
  get data(): Buffer {
    const { data } = this.message;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  /** The server delivered it again although it is in hand: what counts is the latest, and that it is one run. */
  redeliveredAs({ latest }: Delivery): void {
    this.latest = latest;
    this.touchedAt = Date.now();
  }

  /** The consumer that delivered it is gone: what is said of it now would be taken for a message of its successor. */
  disown(): void {
    this.latest = { ...this.latest, ackSubject: undefined };
  }
}
