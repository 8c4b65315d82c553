import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { DeadLetter, ReceivedHeaders } from '../dead-letters/dead-letter.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { explainJetStreamError } from '../nats/jetstream-error.js';
import type { Delivery } from './delivery.js';
import type { DeliveryCounters } from './delivery-counters.js';
import type { DeliveryRecord } from './delivery-record.js';
import type { DurableHost } from './durable-host.js';
import type { DeliveryEnd, DurableSource } from './durable-source.js';
import { type LastOutcome, lastOutcomeOf } from './last-outcome.js';
import { SettledMessages } from './settled-messages.js';
import { storedTrace } from './stored-trace.js';
import type { GiveUpReason, Settlement } from './settlement.js';

/** What the server is told. @see https://docs.nats.io/using-nats/developer/develop_jetstream/model_deep_dive#acknowledgement-models */
const ACKNOWLEDGED = '+ACK';
const TERMINATED = '+TERM';
const NOT_ACKNOWLEDGED = '-NAK';
const NANOSECONDS = 1_000_000;

/** Least time between two lines of the same. */
const SAID_MS = 60_000;
/** Delay before a message that could not be settled is delivered again. */
const UNSETTLED_MS = 5_000;
/** Longest delay before a message that had to make way is delivered again. */
const SOON_MS = 2_000;
/** Pause before a result is published again. */
const RESULT_RETRY_MS = 1_000;

/** Tells the server, and whoever else has to know, what became of a message. */
export class DeliverySettler {
  private readonly settled: SettledMessages;
  private readonly saidAt = new Map<string, number>();
  private stopping = false;

  constructor(
    private readonly source: DurableSource,
    private readonly host: DurableHost,
    private readonly logger: Logger,
    private readonly counters: DeliveryCounters,
  ) {
    this.settled = new SettledMessages(host.nats);
  }

  /** Nothing is tried again any more. */
  stop(): void {
    this.stopping = true;
  }

  /** A message that this process has settled has come again: it is settled again, and true is given. */
  settleAgain(delivery: Delivery): boolean {
    return this.settled.settleAgain(delivery);
  }

  /** The connection is back. */
  sendAgain(): void {
    this.settled.sendAgain();
  }

  /** The consumer was replaced. */
  forget(): void {
    this.settled.clear();
  }

  requestIdOf(delivery: Delivery): string {
    return this.source.requestIdOf?.(delivery) ?? delivery.id;
  }

  async settle(
    delivery: Delivery,
    settlement: Exclude<Settlement, { kind: 'run-alone' }>,
    outcome: InvocationOutcome,
  ): Promise<void> {
    switch (settlement.kind) {
      case 'acknowledge':
        return this.acknowledge(delivery, outcome);
      case 'retry':
        return this.retry(delivery, settlement.afterMs);
      case 'give-up':
        return this.giveUp(delivery, lastOutcomeOf(settlement.reason, outcome, delivery.attempt), outcome);
      case 'hand-back':
        return this.handBack(delivery);
      case 'pass-over':
        return this.passOver(delivery);
    }
  }

  /** It is over, without a run. */
  passOver(delivery: Delivery): void {
    this.settled.settle(delivery, ACKNOWLEDGED);
    this.end(delivery, { kind: 'passed-over' });
  }

  /** Delivered again at once, to whoever is there. */
  handBack(delivery: Delivery): void {
    this.write(delivery);
    this.tell(delivery, NOT_ACKNOWLEDGED);
    this.end(delivery, { kind: 'handed-back' });
  }

  /** It could not be settled now, and that is no fault of its own. */
  deliverLater(delivery: Delivery): void {
    this.write(delivery);
    this.deliverAfter(delivery, UNSETTLED_MS);
  }

  /** Somebody runs alone: it comes again in a moment, at another one than all others. */
  deliverSoon(delivery: Delivery): void {
    this.write(delivery);
    this.deliverAfter(delivery, Math.ceil(SOON_MS * Math.random()));
  }

  /** The host has failed: charged, so that it ends. */
  deliverAfterBug(delivery: Delivery): void {
    this.retry(delivery, UNSETTLED_MS);
  }

  private end(delivery: Delivery, end: DeliveryEnd): void {
    this.counters.end(end);
    this.source.onEnd?.(delivery, end);
  }

  /** This delivery is settled, though not for good. Nothing is written where nothing was read: it has not begun then. */
  private write(delivery: Delivery, change: Partial<DeliveryRecord> = {}): void {
    if (!delivery.isRecordKnown) return;
    const { record, lost, begun } = delivery;
    const settled = delivery.facts.deliveryCount;
    this.host.records.write(delivery, { ...record, lost, begun: Math.max(record.begun, begun), settled, ...change });
  }

  giveUpUnrun(delivery: Delivery, reason: GiveUpReason, error: string): Promise<void> {
    return this.giveUp(delivery, { reason, kind: 'unknown', status: undefined, error, attempt: undefined }, undefined);
  }

  private async acknowledge(delivery: Delivery, outcome: InvocationOutcome): Promise<void> {
    if (!(await this.publishResult(delivery, outcome))) return this.deliverLater(delivery);
    this.settled.settle(delivery, ACKNOWLEDGED);
    this.end(delivery, { kind: 'acknowledged' });
  }

  private retry(delivery: Delivery, afterMs: number): void {
    this.write(delivery, { failures: delivery.record.failures + 1 });
    this.deliverAfter(delivery, afterMs);
    this.end(delivery, { kind: 'retried' });
  }

  private deliverAfter(delivery: Delivery, milliseconds: number): void {
    this.tell(delivery, `${NOT_ACKNOWLEDGED} {"delay":${Math.max(1, milliseconds) * NANOSECONDS}}`);
  }

  private tell({ ackSubject }: Delivery, payload: string): void {
    if (ackSubject !== undefined) this.host.nats.publishSoon(ackSubject, payload);
  }

  private async giveUp(delivery: Delivery, last: LastOutcome, outcome: InvocationOutcome | undefined): Promise<void> {
    if (outcome && !(await this.publishResult(delivery, outcome))) return this.deliverLater(delivery);
    await this.writeLetter(delivery, last);
  }

  /** Terminated only once the letter is known to be there; else it comes again, and is not run again. */
  async writeLetter(delivery: Delivery, last: LastOutcome): Promise<void> {
    try {
      const letter = this.letterOf(delivery, last);
      await this.host.letters.write(this.source.deadLetterSubject, letter, this.headersOf(delivery), delivery.data);
    } catch (error) {
      const message = `A dead letter could not be written, and its message is kept: ${explainJetStreamError(error)}`;
      this.once(message, () => this.logger.error({ message, requestId: this.requestIdOf(delivery) }));
      this.write(delivery, { last });
      return this.deliverAfter(delivery, UNSETTLED_MS);
    }
    this.settled.settle(delivery, TERMINATED);
    const end: DeliveryEnd = { kind: 'given-up', reason: last.reason, error: last.error };
    this.end(delivery, end);
  }

  /** Tried until it is safe, since a result that is lost would end a pipeline; false where the host ends before. */
  private async publishResult(delivery: Delivery, outcome: InvocationOutcome): Promise<boolean> {
    const { source } = this;
    if (!source.publishResult) return true;
    const requestId = this.requestIdOf(delivery);
    for (;;) {
      try {
        await source.publishResult(requestId, outcome, delivery);
        return true;
      } catch (error) {
        if (this.stopping) return false;
        const message = `A result could not be published: ${explainJetStreamError(error)}; trying again until it is`;
        this.once(message, () => this.logger.warn({ message, requestId }));
        await delay(RESULT_RETRY_MS);
      }
    }
  }

  /** A line a minute for each problem, not one for each attempt of each message. */
  once(message: string, say: () => void): void {
    const now = Date.now();
    if (now - (this.saidAt.get(message) ?? 0) < SAID_MS) return;
    this.saidAt.set(message, now);
    say();
  }

  private headersOf({ message }: Delivery): ReceivedHeaders {
    try {
      return message.headers ?? [];
    } catch {
      // Names that ADR-4 does not allow; the function got none of them, either.
      return [];
    }
  }

  private letterOf(delivery: Delivery, last: LastOutcome): DeadLetter {
    const { facts, message } = delivery;
    const { lane, handlerName, format } = this.source;
    return {
      function: this.host.application.applicationName,
      trigger: lane.triggerName,
      type: lane.triggerType,
      reason: last.reason,
      deliveries: facts.deliveryCount,
      attempt: last.attempt,
      lastOutcome: last.kind,
      lastStatus: last.status,
      lastError: last.error,
      lastAt: new Date().toISOString(),
      subject: message.subject,
      stream: facts.stream,
      sequence: facts.sequence,
      consumer: facts.consumer,
      publishedAt: new Date(facts.publishedAt).toISOString(),
      requestId: this.requestIdOf(delivery),
      handler: handlerName,
      format,
      traceparent: (delivery.trace ?? storedTrace(facts, [])).traceparent,
    };
  }
}
