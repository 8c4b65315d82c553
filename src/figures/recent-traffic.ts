import type { LiveSums } from './live-events.js';

/** What was settled in some seconds, also before anybody looked on. */
export interface TrafficSpan {
  /** Its end, epoch milliseconds. */
  readonly at: number;
  readonly seconds: number;
  /** Those where anything was settled; their quantiles are estimated between the bounds of a histogram. */
  readonly triggers: readonly LiveSums[];
  /** Of all triggers, where anything was settled. */
  readonly total?: Omit<LiveSums, 'trigger'>;
}

/** Who remembers the last minutes. */
export interface RecentTraffic {
  /** From the oldest to now, without a gap. */
  spans(): readonly TrafficSpan[];
}

/** Injects `RecentTraffic`. */
export const RECENT_TRAFFIC = Symbol('RECENT_TRAFFIC');
