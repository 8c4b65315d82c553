/** An invocation has been dispatched to the sub-runtime. */
export interface LiveStart {
  readonly kind: 'started';
  /** Epoch milliseconds, as everywhere here. */
  readonly at: number;
  readonly requestId: string;
  readonly trigger: string;
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  readonly waitedMs: number;
}

/** What became of an invocation. */
export interface LiveEnd extends Omit<LiveStart, 'kind'> {
  readonly kind: 'settled';
  readonly outcome: string;
  readonly ranMs: number;
  readonly status?: number;
  readonly failure?: string;
  readonly reason?: string;
}

/** A line of the function's output. */
export interface LiveLine {
  readonly kind: 'log';
  readonly at: number;
  readonly level: string;
  readonly text: string;
  /** Where the sub-runtime says which invocation wrote it. */
  readonly requestId?: string;
}

/** Once a second, also where nothing happened: all invocations that were settled in it, also those not told one by one. */
export interface LiveSecond {
  readonly kind: 'second';
  readonly at: number;
  readonly triggers: readonly LiveSums[];
  /** Of all triggers, where anything was settled. */
  readonly total?: Omit<LiveSums, 'trigger'>;
  /** Invocations and lines of this second that were not told. */
  readonly leftOut: number;
}

export interface LiveSums {
  readonly trigger: string;
  readonly settled: number;
  /** Of those: all but succeeded. */
  readonly failed: number;
  /** Milliseconds in the function, of those that began. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** What happens in the host now, without anything of what it is about: no bodies, headers or paths. */
export type LiveEvent = LiveStart | LiveEnd | LiveLine | LiveSecond;

/** Who tells of it, to whoever listens. */
export interface LiveEvents {
  /** Calls `listener` for all that happens from now on, until the function that is returned is called. */
  listen(listener: (event: LiveEvent) => void): () => void;
}

/** Injects `LiveEvents`. */
export const LIVE_EVENTS = Symbol('LIVE_EVENTS');
