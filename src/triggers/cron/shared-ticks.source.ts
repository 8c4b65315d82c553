import type { JetStreamManager } from '@nats-io/jetstream';
import { DEFAULT_BACKOFF_MS, MAX_RETRY_AFTER_MS } from '../../durable/back-off.js';
import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import type { ConsumerSettings } from '../../durable/consumer-settings.js';
import type { Delivery } from '../../durable/delivery.js';
import type { DeliveryEnd, DurableSource, Verdict } from '../../durable/durable-source.js';
import { settle, type Settlement } from '../../durable/settlement.js';
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
import type { TickFailures } from './tick-failures.js';
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
  readonly failures: TickFailures;
  readonly log: TickLog;
  /** Sees to the stream of the ticks. */
  readonly ensureStream: (manager: JetStreamManager) => Promise<unknown>;
}

/** What is known of a delivery that was judged. */
interface Run {
  readonly tick: SharedTick;
  readonly failures: number;
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
  private readonly runs = new WeakMap<Delivery, Run>();
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
    this.publishResult = (requestId, outcome) =>
      services.results.publishSafely(resultSubject, { applicationName, triggerName: name, requestId }, outcome);
    this.publishReplay = (letter, outcome) =>
      services.results.publishSafely(resultSubject, replayResult(letter), outcome);
  }

  async prepare(manager: JetStreamManager): Promise<void> {
    await this.services.ensureStream(manager);
  }

  requestIdOf({ data, id }: Delivery): string {
    const tick = readTick(data);
    return tick ? tickId(this.event, tick.scheduledAt) : id;
  }

  async judge(delivery: Delivery): Promise<Verdict> {
    const tick = readTick(delivery.data);
    if (!tick)
      return { kind: 'give-up', reason: 'unreadable', error: 'the message is no tick that a host has written' };
    return delivery.facts.deliveryCount === 1 ? this.judgeFirst(delivery, tick) : this.judgeAgain(delivery, tick);
  }

  /** Only the first delivery may come too late, or be skipped: a tick that has begun goes on. */
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
    return this.run(delivery, { tick, failures: 0 }, this.deadlineOf(tick));
  }

  private async judgeAgain(delivery: Delivery, tick: SharedTick): Promise<Verdict> {
    const failures = await this.services.failures.read(tick.scheduledAt).catch(() => undefined);
    if (failures === undefined) return { kind: 'later' };
    const lost = delivery.facts.deliveryCount - 1 - failures;
    if (lost <= LOST_RUNS) return this.run(delivery, { tick, failures }, Number.POSITIVE_INFINITY);
    return { kind: 'give-up', reason: 'host died', error: `${lost} hosts did not live to settle it` };
  }

  private run(delivery: Delivery, run: Run, startBy: number): Verdict {
    this.runs.set(delivery, run);
    return { kind: 'run', event: this.eventOf(run, startBy) };
  }

  private eventOf({ tick, failures }: Run, startBy: number): TriggerEvent {
    const { schedule, timeZone, scheduledAt } = tick;
    const body = bodyOfTick(tick);
    const attempt = { scheduledAt, attempt: failures + 1, at: Date.now() };
    return { ...toTriggerEvent({ ...this.event, schedule, timeZone, body }, attempt), startBy };
  }

  settle(outcome: InvocationOutcome, delivery: Delivery): Settlement {
    const run = this.runs.get(delivery);
    if (outcome.kind === 'expired' && run && Date.now() > this.deadlineOf(run.tick)) {
      this.services.log.end(run.tick.scheduledAt, { kind: 'missed' });
      return { kind: 'pass-over' };
    }
    const attempt = (run?.failures ?? 0) + 1;
    const { maxAttempts } = this.config;
    return settle(outcome, { attempt, maxAttempts, backoffMs: DEFAULT_BACKOFF_MS, now: Date.now() });
  }

  async beforeRetry(delivery: Delivery): Promise<void> {
    const run = this.runs.get(delivery);
    if (run) await this.services.failures.write(run.tick.scheduledAt, run.failures + 1);
  }

  onEnd(delivery: Delivery, end: DeliveryEnd): void {
    const run = this.runs.get(delivery);
    if (end.kind !== 'given-up' || !run) return;
    const reason = `${end.error ?? end.reason}; it is kept as a dead letter`;
    this.services.log.end(run.tick.scheduledAt, { kind: 'failed', reason, attempts: run.failures + 1 });
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
