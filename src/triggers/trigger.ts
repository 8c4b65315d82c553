import type { Figure } from '../figures/figure.js';
import type { TriggerType } from '../invocation/trigger-event.js';
import type { FireReport } from './fire-report.js';

/** What a trigger is, for those who show it: the operator's port and the start banner. */
export interface Trigger {
  readonly name: string;
  readonly type: TriggerType;
  /** One line of what it listens to, such as `0 3 * * * Europe/Paris` or `orders.> (queue pricing)`. */
  readonly source: string;
  /** Whether it takes events now; and if not, why, in one line. */
  readonly state: TriggerState;
  /** Of a schedule: whether its ticks are agreed on over replicas, or each process runs them for itself. */
  readonly mode?: 'shared' | 'local' | undefined;
  /** The next planned instant, for schedules. */
  readonly nextRun?: Date | undefined;
  /** What it counts beside its invocations, without a label for its name. */
  figures?(): readonly Figure[];
  /**
   * Takes an event that an operator gives to the function, by its lane, and tells what came of it. Nothing is settled: no
   * reply, no dead letter, no result. Rejects with a `HostError` `EVENT_REFUSED`.
   */
  fire?(given: unknown): Promise<FireReport>;
}

export type TriggerState = { readonly active: true } | { readonly active: false; readonly reason: string };
