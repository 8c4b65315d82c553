import { Injectable } from '@nestjs/common';
import { monotonicNow } from '../config/monotonic-clock.js';
import { MAX_TIMER_MS } from '../config/variable.decorator.js';
import { messageOf } from '../errors.js';
import { Admission, Lane, type LaneLoad } from './admission.js';
import {
  type InvocationSettledMessage,
  type InvocationStartedMessage,
  invocationSettled,
  invocationStarted,
  type LaneOpenedMessage,
  laneOpened,
} from './invocation.channel.js';
import { InvocationConfig, maxInFlightOf } from './invocation.config.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import { requestBody, requestHeaders, requestSuffix, requestTemplate } from './invocation-request.js';
import { type Invocation, type InvocationLane, timeToWait } from './pending-invocation.js';
import { readOutcome } from './read-outcome.js';
import { SubRuntimeConfig } from './sub-runtime/sub-runtime.config.js';
import { type Availability, SubRuntimePool } from './sub-runtime/sub-runtime.pool.js';
import type { Dispatch, DispatchResult, SubRuntimeWorker } from './sub-runtime/sub-runtime.worker.js';
import type { LaneOptions, TriggerEvent } from './trigger-event.js';

export type { InvocationLane } from './pending-invocation.js';

/** Pause before a request that never reached a sub-runtime is sent again. */
const RESEND_MS = 25;

/** The river: takes every event to the function. Admission, deadline, dispatch; it knows no trigger. */
@Injectable()
export class InvocationService {
  private readonly admission: Admission<Invocation>;
  private readonly template: ReturnType<typeof requestTemplate>;
  readonly maxInFlight: number;
  private draining = false;
  private unsettled = 0;
  private idle: (() => void)[] = [];
  private readonly roomListeners: (() => void)[] = [];
  private readonly firstLanes = new Map<string, InvocationLane>();

  constructor(
    private readonly config: InvocationConfig,
    private readonly subRuntimeConfig: SubRuntimeConfig,
    private readonly pool: SubRuntimePool,
  ) {
    this.maxInFlight = maxInFlightOf(config, subRuntimeConfig.workers);
    this.admission = new Admission(this.maxInFlight, config.maxQueue);
    this.template = requestTemplate(config);
    pool.hasWaiting = () => this.admission.queued > 0;
    pool.onAvailabilityChange = () => this.followAvailability();
  }

  /**
   * Registers a trigger, at start. A further lane of the same trigger takes its permits from those of the first, by
   * default at most half of them.
   */
  openLane(options: LaneOptions): InvocationLane {
    const first = this.firstLanes.get(options.triggerName);
    const suffix = requestSuffix(options.handlerName ?? this.config.handlerName, this.subRuntimeConfig.handlerPath);
    const lane: InvocationLane = new Lane(options, options.maxInFlight ?? this.shareOf(options, first), suffix, first);
    if (!first) this.firstLanes.set(options.triggerName, lane);
    this.admission.addLane(lane);
    laneOpened.publish({ lane: options } satisfies LaneOpenedMessage);
    return lane;
  }

  private shareOf({ triggerType }: LaneOptions, first: InvocationLane | undefined): number {
    if (first) return Math.ceil(first.maxInFlight / 2);
    return triggerType === 'http' ? this.maxInFlight : Math.ceil(this.maxInFlight / 2);
  }

  /**
   * Takes one event to the function. Resolves for every outcome that can be foreseen, at the latest at the deadline,
   * `INVOCATION_TIMEOUT_MS` after this call, or after the beginning of the run where the event has a `startBy` until
   * which it waits. A rejection is a bug.
   */
  invoke(lane: InvocationLane, event: TriggerEvent): Promise<InvocationOutcome> {
    return new Promise((resolve) => {
      this.unsettled++;
      const arrivedAt = monotonicNow();
      const deadline = arrivedAt + this.config.timeoutMs;
      this.admit({ lane, event, resolve, arrivedAt, deadline, startedAt: 0, timer: undefined, settled: false });
    });
  }

  /** Gives up an invocation that has not begun; one that has goes on. */
  withdraw(lane: InvocationLane, event: TriggerEvent): void {
    const invocation = lane.waiting.find((waiting) => waiting.event === event);
    if (invocation) this.giveUp(invocation, { kind: 'expired' });
  }

  /** Takes nothing new from now on, and resolves when all that was taken has been answered or `timeoutMs` have passed. */
  async drain(timeoutMs: number): Promise<boolean> {
    this.refuseNew();
    if (this.unsettled === 0) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** From now on `invoke()` resolves with `unavailable`, reason `draining`. */
  refuseNew(): void {
    this.draining = true;
  }

  /** Whether an event of this trigger would be refused as overloaded. */
  isFull(lane: InvocationLane): boolean {
    return this.admission.isQueueFull(lane);
  }

  /** Whether an event could begin now, if there is a permit. */
  get canBegin(): boolean {
    return !this.draining && this.isAvailability('ready');
  }

  /** How many events a trigger that fetches them may fetch now: none where they could not begin. */
  roomFor(lane: InvocationLane): number {
    return this.canBegin ? this.admission.roomFor(lane) : 0;
  }

  /** Calls `listener` whenever there may be more room than before. It is on the way of every event: it has to be quick. */
  onRoom(listener: () => void): void {
    this.roomListeners.push(listener);
  }

  /** What is in flight and what waits now, for each lane. */
  get lanes(): readonly LaneLoad[] {
    return this.admission.load;
  }

  private admit(invocation: Invocation): void {
    const { lane } = invocation;
    if (this.draining) {
      this.settle(invocation, { kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 });
      return;
    }
    const availability = this.pool.availability;
    if (availability === 'backing-off' && lane.options.whenUnavailable === 'refuse') {
      this.settle(invocation, this.backingOff());
    } else if (availability === 'ready' && this.admission.tryAcquire(lane)) {
      this.begin(invocation);
    } else if (this.admission.isQueueFull(lane) && lane.options.whenOverloaded === 'refuse') {
      this.settle(invocation, { kind: 'overloaded', retryAfterSeconds: 1 });
    } else {
      this.wait(invocation);
    }
  }

  private wait(invocation: Invocation): void {
    this.limitWait(invocation);
    this.admission.enqueue(invocation.lane, invocation);
    for (const worker of this.pool.workers) worker.noticeWaiting();
  }

  /**
   * Up to its deadline, or its own limit; while the sub-runtime starts, those who cannot wait long are told after the
   * time that a start may take.
   */
  private limitWait(invocation: Invocation): void {
    const { event, lane } = invocation;
    if (event.startBy === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(1, timeToWait(invocation)));
    const startMs = this.isAvailability('starting') ? this.subRuntimeConfig.startTimeoutMs : waitMs;
    const onlyForStart = lane.options.whenUnavailable === 'refuse' && startMs < waitMs;
    invocation.timer = setTimeout(
      () => {
        if (!onlyForStart) this.giveUp(invocation, { kind: event.startBy === undefined ? 'timed-out' : 'expired' });
        else if (this.isAvailability('ready')) this.limitWait(invocation);
        else this.giveUp(invocation, { kind: 'unavailable', reason: 'not-started', retryAfterSeconds: 1 });
      },
      onlyForStart ? startMs : waitMs,
    );
  }

  private isAvailability(wanted: Availability): boolean {
    return this.pool.availability === wanted;
  }

  private giveUp(invocation: Invocation, outcome: InvocationOutcome): void {
    if (this.admission.remove(invocation.lane, invocation)) this.settle(invocation, outcome);
  }

  private backingOff(): InvocationOutcome {
    return { kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: this.pool.retryAfterSeconds };
  }

  private followAvailability(): void {
    const { availability } = this.pool;
    if (availability === 'ready') this.beginWaiting();
    if (availability !== 'backing-off') return;
    for (const { lane, waiting } of this.admission.allWaiting()) {
      if (lane.options.whenUnavailable === 'refuse') this.giveUp(waiting, this.backingOff());
    }
  }

  private beginWaiting(): void {
    while (this.pool.availability === 'ready') {
      const next = this.admission.next();
      if (!next) break;
      this.begin(next.waiting);
    }
    for (const listener of this.roomListeners) listener();
  }

  /** Dispatches; the permit has been taken. */
  private begin(invocation: Invocation): void {
    const worker = this.pool.leastBusy();
    if (!worker) return this.sendLater(invocation);
    clearTimeout(invocation.timer);
    const now = monotonicNow();
    const { event } = invocation;
    if (event.startBy !== undefined) invocation.deadline = now + this.config.timeoutMs;
    const leftMs = Math.max(1, invocation.deadline - now);
    const deadline = Date.now() + leftMs;
    const body = this.bodyOf(invocation, deadline);
    if (body === undefined) return;
    invocation.startedAt = now;
    const onResult = (result: DispatchResult) => this.finish(invocation, result);
    const dispatch: Dispatch = { timedOut: false, settled: false, onResult };
    invocation.timer = setTimeout(() => this.timeOut(invocation, worker, dispatch), leftMs);
    this.publishStart(invocation, worker.index);
    worker.dispatch(body, requestHeaders(event, deadline), dispatch);
  }

  /** `undefined` for an event that JSON cannot hold, such as one over the longest string of V8; it is settled then. */
  private bodyOf(invocation: Invocation, deadline: number): string | undefined {
    const { lane, event } = invocation;
    try {
      return requestBody(this.template, lane.requestSuffix, event, deadline);
    } catch (error) {
      this.admission.release(lane);
      const message = `the event cannot be written as JSON: ${messageOf(error)}`;
      this.settle(invocation, { kind: 'failed', failure: 'malformed', message });
      return undefined;
    }
  }

  private timeOut(invocation: Invocation, worker: SubRuntimeWorker, dispatch: Dispatch): void {
    worker.timeout(dispatch);
    this.settle(invocation, { kind: 'timed-out' });
  }

  private finish(invocation: Invocation, result: DispatchResult): void {
    if (result.kind === 'not-sent') {
      if (!invocation.settled) return this.sendLater(invocation);
      result = { kind: 'lost', message: result.message };
    }
    this.admission.release(invocation.lane);
    if (!invocation.settled) this.settle(invocation, readOutcome(result, this.config.maxResponseSize));
    this.beginWaiting();
  }

  /** Nothing was executed, so it waits again, in front of the others, for as long as its deadline allows. */
  private sendLater(invocation: Invocation): void {
    clearTimeout(invocation.timer);
    invocation.startedAt = 0;
    this.admission.release(invocation.lane);
    this.admission.enqueueFirst(invocation.lane, invocation);
    this.limitWait(invocation);
    setTimeout(() => this.followAvailability(), RESEND_MS);
  }

  private settle(invocation: Invocation, outcome: InvocationOutcome): void {
    clearTimeout(invocation.timer);
    invocation.settled = true;
    if (invocationSettled.hasSubscribers) this.publishSettled(invocation, outcome);
    invocation.resolve(outcome);
    this.unsettled--;
    this.announceIdle();
  }

  private publishStart({ lane, event, arrivedAt, startedAt }: Invocation, worker: number): void {
    if (!invocationStarted.hasSubscribers) return;
    const message: InvocationStartedMessage = { lane: lane.options, event, waitedMs: startedAt - arrivedAt, worker };
    invocationStarted.publish(message);
  }

  private publishSettled({ lane, event, arrivedAt, startedAt }: Invocation, outcome: InvocationOutcome): void {
    const now = monotonicNow();
    const message: InvocationSettledMessage = {
      lane: lane.options,
      event,
      outcome,
      waitedMs: (startedAt || now) - arrivedAt,
      began: startedAt > 0,
      ranMs: startedAt ? now - startedAt : 0,
    };
    invocationSettled.publish(message);
  }

  private announceIdle(): void {
    if (this.unsettled === 0) for (const resolve of this.idle.splice(0)) resolve();
  }
}
