/** How a tick ended. */
export type TickEnd =
  | { readonly kind: 'succeeded' }
  /** Given up: the function rejected it, or the last attempt failed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly attempts: number }
  /** It could not begin before its starting deadline. */
  | { readonly kind: 'missed' }
  /** The run before it was not over, and the policy is `Forbid`. */
  | { readonly kind: 'skipped' }
  /** The host ends: it did not begin, or gets no further attempt. */
  | { readonly kind: 'stopped' };

/** Ticks that a source knows to be beyond their starting deadline when it finds them. */
export interface MissedTicks {
  readonly count: number;
  /** There were more than were counted. */
  readonly more: boolean;
  /** Epoch milliseconds of the first of them. */
  readonly first: number;
}

/** Who runs ticks. */
export interface TickReceiver {
  /** Sees to one tick, planned for an instant in epoch milliseconds. Must neither throw nor reject. */
  take(scheduledAt: number): unknown;
  miss(ticks: MissedTicks): void;
}

/** Where the ticks of a trigger come from. */
export interface TickSource {
  start(receiver: TickReceiver): void;
  stop(): void;
  /** Whether it hands over ticks. */
  readonly active: boolean;
  readonly nextRun: Date | undefined;
}
