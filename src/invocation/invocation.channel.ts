import { channel } from 'node:diagnostics_channel';
import type { InvocationOutcome } from './invocation-outcome.js';
import type { LaneOptions, TriggerEvent } from './trigger-event.js';

/**
 * An invocation is about to be dispatched to the sub-runtime: the `traceparent` that its event has when all have been told
 * is the one that goes there. Told again where the request could not be sent and is sent anew.
 */
export interface InvocationStartedMessage {
  readonly lane: LaneOptions;
  readonly event: TriggerEvent;
  /** Milliseconds that it waited for a permit and a sub-runtime. */
  readonly waitedMs: number;
  /** Which worker runs it. */
  readonly worker: number;
}

/** `invoke()` has resolved. */
export interface InvocationSettledMessage {
  readonly lane: LaneOptions;
  readonly event: TriggerEvent;
  readonly outcome: InvocationOutcome;
  readonly waitedMs: number;
  /** Whether it was dispatched to the sub-runtime. */
  readonly began: boolean;
  /** Milliseconds from the dispatch to the outcome, 0 where it never began. */
  readonly ranMs: number;
}

/** A trigger has been registered, at start: invocations of it may follow. */
export interface LaneOpenedMessage {
  readonly lane: LaneOptions;
}

/** Publishes `LaneOpenedMessage`s. */
export const laneOpened = channel('tributary.lane.opened');

/** Publishes `InvocationStartedMessage`s. */
export const invocationStarted = channel('tributary.invocation.started');

/** Publishes `InvocationSettledMessage`s. */
export const invocationSettled = channel('tributary.invocation.settled');
