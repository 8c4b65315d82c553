import { monotonicNow } from '../config/monotonic-clock.js';
import type { Lane } from './admission.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import type { TriggerEvent } from './trigger-event.js';

/** One `invoke()` that has not resolved, or whose handler has not answered. */
export interface Invocation {
  readonly lane: InvocationLane;
  readonly event: TriggerEvent;
  readonly resolve: (outcome: InvocationOutcome) => void;
  /** As all three, by the monotonic clock. */
  readonly arrivedAt: number;
  /** Moved to the beginning of the run where the event has a `startBy` of its own. */
  deadline: number;
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
  settled: boolean;
}

/** A trigger's way in; from `InvocationService.openLane()`. */
export type InvocationLane = Lane<Invocation>;

/** A source says by the clock of the wall until when its event waits; a deadline is counted by one that nobody sets. */
export function timeToWait({ event, deadline }: Invocation): number {
  return event.startBy === undefined ? deadline - monotonicNow() : event.startBy - Date.now();
}
