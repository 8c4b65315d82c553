import type { JetStreamManager } from '@nats-io/jetstream';
import { DEFAULT_BACKOFF_MS, MAX_RETRY_AFTER_MS } from '../../durable/back-off.js';
import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import type { ConsumerSettings } from '../../durable/consumer-settings.js';
import type { Delivery } from '../../durable/delivery.js';
import type { DeliveryEnd, DurableSource, Verdict } from '../../durable/durable-source.js';
import { settle, type Settlement } from '../../durable/settlement.js';
import { storedTrace } from '../../durable/stored-trace.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { LaneOptions, TriggerEvent } from '../../invocation/trigger-event.js';
import { deadLetterSubject, ownDurableName, tickSubject, TICKS_STREAM } from '../../nats/own-streams.js';
import { replayResult } from '../replay-result.js';
import type { ResultPublisher } from '../result.publisher.js';
import { cronLane } from './cron-runs.js';
import type { CronTriggerConfig } from './cron.config.js';
import { type CronEventSource, cronEventSource, tickId, toTriggerEvent } from './cron.event.js';
import { cronEventOf } from './cron.letter.js';
import { bodyOfTick, readTick, type SharedTick } from './shared-tick.js';
import type { TickLog } from './tick-log.js';

/** A tick whose replica does not report on it for this long is given to another. */
const ACK_WAIT_MS = 15_000;
/** Ticks of one schedule at once over all replicas, where they may run beside each other. */
const MAX_AT_ONCE = 1_000;
/** A run whose host died is given again this often, beside the attempts. */
const LOST_RUNS = 2;

export interface SharedTicksServices {
  readonly application: InvocationConfig;
  readonly results: Pick<ResultPublisher, 'publishSafely'>;
  readonly log: TickLog;
  /** Sees to the stream of the ticks. */
  readonly ensureStream: (manager: JetStreamManager) => Promise<unknown>;
}

/** How long a tick may be under way, all its attempts and those whose host died included, in milliseconds. */
export function longestTickMs(maxAttempts: number, timeoutMs: number): number {
  const pausesMs = (maxAttempts - 1) * MAX_RETRY_AFTER_MS;
  return pausesMs + (maxAttempts + LOST_RUNS) * (timeoutMs + ACK_WAIT_MS);
}

/** The ticks of a schedule that all replicas agree on: each is run by one of them. */
export class SharedTicksSource implements DurableSource {
  readonly consumer: ConsumerSettings;
  readonly lane: LaneOptions;
  readonly deadLetterSubject: string;
  readonly handlerName: string;
  readonly format: string;
  readonly publishResult: DurableSource['publishResult'];
  readonly publishReplay: DurableSource['publishReplay'];
  /** Those that were judged. */
  private readonly ticks = new WeakMap<Delivery, SharedTick>();
  private readonly event: CronEventSource;

  constructor(
    private readonly config: CronTriggerConfig,
    private readonly services: SharedTicksServices,
  ) {
    const { applicationName, handlerName } = services.application;
    const { name, startingDeadlineMs, resultSubject } = config;
    this.event = cronEventSource(config, applicationName);
    this.lane = cronLane(config);
    this.consumer = {
      stream: TICKS_STREAM,
      durable: ownDurableName(applicationName, name),
      filterSubjects: [tickSubject(applicationName, name)],
      ackWaitMs: ACK_WAIT_MS,
      maxAckPending: this.isForbid ? 1 : MAX_AT_ONCE,
      begin: { at: () => new Date(Date.now() - startingDeadlineMs) },
      // It is ours alone, and follows the configuration.
      mayUpdate: true,
      label: (setting) => `the schedule ${name} (${setting})`,
    };
    this.deadLetterSubject = deadLetterSubject(applicationName, name);
    this.handlerName = config.handler ?? handlerName;
    this.format = config.format;
    if (resultSubject === undefined) return;
    const source = { applicationName, triggerName: name };
    this.publishResult = (requestId, outcome, { trace }) =>
      services.results.publishSafely(resultSubject, { ...source, requestId, trace }, outcome);
    this.publishReplay = (letter, outcome, trace) =>
      services.results.publishSafely(resultSubject, { ...replayResult(letter), trace }, outcome);
  }

  async prepare(manager: JetStreamManager): Promise<void> {
    await this.services.ensureStream(manager);
  }

  requestIdOf({ data, id }: Delivery): string {
    const tick = readTick(data);
    return tick ? tickId(this.event, tick.scheduledAt) : id;
  }

  judge(delivery: Delivery): Verdict {
    const tick = readTick(delivery.data);
    if (!tick)
      return { kind: 'give-up', reason: 'unreadable', error: 'the message is no tick that a host has written' };
    // What was handed back has not begun.
    const mayHaveBegun = delivery.record.failures > 0 || delivery.lost > 0;
    return mayHaveBegun ? this.judgeAgain(delivery, tick) : this.judgeFirst(delivery, tick);
  }

  /** Only what has not begun may come too late, or be skipped: a tick that has begun goes on. */
  private judgeFirst(delivery: Delivery, tick: SharedTick): Verdict {
    const { scheduledAt } = tick;
    if (this.isForbid && delivery.facts.pending > 0) {
      this.services.log.end(scheduledAt, { kind: 'skipped' });
      return { kind: 'pass-over' };
    }
    if (Date.now() > this.deadlineOf(tick)) {
      this.services.log.end(scheduledAt, { kind: 'missed' });
      return { kind: 'pass-over' };
    }
    return this.run(delivery, tick, this.deadlineOf(tick));
  }

  private judgeAgain(delivery: Delivery, tick: SharedTick): Verdict {
    const { lost } = delivery;
    if (lost <= LOST_RUNS) return this.run(delivery, tick, Number.POSITIVE_INFINITY);
    return { kind: 'give-up', reason: 'host died', error: `${lost} hosts did not live to settle it` };
  }

  private run(delivery: Delivery, tick: SharedTick, startBy: number): Verdict {
    this.ticks.set(delivery, tick);
    const event = this.eventOf(delivery, tick, startBy);
    return { kind: 'run', event, isLast: delivery.lost >= LOST_RUNS };
  }

  private eventOf({ record, facts }: Delivery, tick: SharedTick, startBy: number): TriggerEvent {
    const { schedule, timeZone, scheduledAt } = tick;
    const body = bodyOfTick(tick);
    const trace = storedTrace(facts, []);
    const attempt = { scheduledAt, attempt: record.failures + 1, at: Date.now(), trace };
    return { ...toTriggerEvent({ ...this.event, schedule, timeZone, body }, attempt), startBy };
  }

  settle(outcome: InvocationOutcome, delivery: Delivery): Settlement {
    const tick = this.ticks.get(delivery);
    // The timer of what waits fires at the deadline itself.
    if (outcome.kind === 'expired' && tick && Date.now() >= this.deadlineOf(tick)) {
      this.services.log.end(tick.scheduledAt, { kind: 'missed' });
      return { kind: 'pass-over' };
    }
    const attempt = delivery.record.failures + 1;
    const { maxAttempts } = this.config;
    return settle(outcome, { attempt, maxAttempts, backoffMs: DEFAULT_BACKOFF_MS, now: Date.now() });
  }

  onEnd(delivery: Delivery, end: DeliveryEnd): void {
    const tick = this.ticks.get(delivery);
    if (tick && end.kind === 'acknowledged') this.services.log.end(tick.scheduledAt, { kind: 'succeeded' });
    if (end.kind !== 'given-up' || !tick) return;
    const reason = `${end.error ?? end.reason}; it is kept as a dead letter`;
    const attempts = delivery.record.failures + 1;
    this.services.log.end(tick.scheduledAt, { kind: 'failed', reason, attempts });
  }

  readLetter(letter: StoredLetter): TriggerEvent | undefined {
    return cronEventOf(letter, this.config.format, Date.now());
  }

  private get isForbid(): boolean {
    return this.config.concurrencyPolicy === 'Forbid';
  }

  private deadlineOf({ scheduledAt }: SharedTick): number {
    return scheduledAt + this.config.startingDeadlineMs;
  }
}
