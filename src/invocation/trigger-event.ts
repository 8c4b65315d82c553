export type TriggerType = 'http' | 'cron' | 'nats';

/** What a trigger produces: one event on its way to the function. Plain data. */
export interface TriggerEvent {
  /** Stable over redeliveries of the same thing. */
  readonly requestId: string;
  /** What the function gets as its event; becomes JSON once, when it is dispatched. */
  readonly payload: unknown;
  /** Its `body` is base64 that this process has written: JSON has nothing in it to escape, nor to look for. */
  readonly hasBase64Body?: boolean;
  /** The how many-th run of the same thing this is, from 1. */
  readonly attempt: number;
  /**
   * W3C Trace Context: that of the source, or of a trace that begins with this event. When its run begins, or it is given
   * up, an observer may put a child of it in its place: the sub-runtime gets that one, and so does whoever is told of the outcome.
   */
  traceparent?: string | undefined;
  /** Only where the source gave one beside a `traceparent`. */
  readonly tracestate?: string | undefined;
  /** The trace begins with this event: `traceparent` names a parent that there is not. */
  readonly beginsTrace?: boolean | undefined;
  /** Epoch milliseconds at which its source had planned it, if it had. */
  readonly plannedAt?: number;
  /** Epoch milliseconds up to which it waits to begin, infinite for ever; its deadline is then counted from the beginning of the run. */
  readonly startBy?: number;
}

/** What to do where an invocation cannot begin at once: give up, or wait up to its deadline. */
export type WhenBlocked = 'refuse' | 'wait';

/** How the invocations of one trigger are admitted. */
export interface LaneOptions {
  readonly triggerName: string;
  readonly triggerType: TriggerType;
  /** Invocations of this trigger at once in this process. */
  readonly maxInFlight?: number | undefined;
  /** The exported function for this trigger, `SCW_HANDLER_NAME` by default. */
  readonly handlerName?: string | undefined;
  /** The sub-runtime backs off. */
  readonly whenUnavailable: WhenBlocked;
  /** The trigger's queue is full. */
  readonly whenOverloaded: WhenBlocked;
}
