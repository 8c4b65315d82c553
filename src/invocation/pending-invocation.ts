import type { Lane } from './admission.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import type { TriggerEvent } from './trigger-event.js';

/** One `invoke()` that has not resolved, or whose handler has not answered. */
export interface Invocation {
  readonly lane: InvocationLane;
  readonly event: TriggerEvent;
  readonly resolve: (outcome: InvocationOutcome) => void;
  readonly arrivedAt: number;
  /** Epoch milliseconds; moved to the beginning of the run where the event has a `startBy` of its own. */
  deadline: number;
  startedAt: number;
  timer: NodeJS.Timeout | undefined;
  settled: boolean;
}

/** A trigger's way in; from `InvocationService.openLane()`. */
export type InvocationLane = Lane<Invocation>;
