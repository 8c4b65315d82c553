import type { InvocationSettledMessage, InvocationStartedMessage } from '../../invocation/invocation.channel.js';
import { newSpanId, newTraceparent } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import type { Sampler } from './sampler.js';
import { type Span, spanEndOf } from './span.js';

/** One invocation of an event, from its first dispatch, or its end where there was none, to its end. */
interface Run {
  /** As the event had it before its first run. */
  readonly origin: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Epoch milliseconds; 0 where it has not begun. */
  dispatchedAt: number;
  /** The same instant by the monotonic clock. */
  dispatchedTick: number;
  ended: boolean;
}

/** W3C Trace Context, 3.2.2.5, and level 2: `random` is about the trace id and is handed on. */
const SAMPLED = 1;
const RANDOM = 2;

/** Makes a span of each invocation that is sampled, and puts it into the event's trace as the parent of what follows. */
export class InvocationTracer {
  /** Those of an event that runs again, after a crash or at the replay of a letter, are children of the same parent. */
  private readonly runs = new WeakMap<TriggerEvent, Run>();

  constructor(
    private readonly sampler: Sampler,
    private readonly record: (span: Span) => void,
  ) {}

  /** Where a request is sent anew, the time of the last dispatch counts. */
  readonly onStarted = (message: unknown): void => {
    const { event } = message as InvocationStartedMessage;
    const run = this.runOf(event);
    if (!run) return;
    run.dispatchedAt = Date.now();
    run.dispatchedTick = performance.now();
  };

  readonly onSettled = (message: unknown): void => {
    const settled = message as InvocationSettledMessage;
    const run = this.runOf(settled.event);
    if (!run) return;
    run.ended = true;
    this.record(spanOf(run, settled));
  };

  /** The one that is under way, or else a new one; `undefined` where it is not sampled. The event then stays as it is. */
  private runOf(event: TriggerEvent): Run | undefined {
    const known = this.runs.get(event);
    if (known && !known.ended) return known;
    const origin = known?.origin ?? event.traceparent;
    const run = this.begin(origin ?? newTraceparent(), origin === undefined || event.beginsTrace === true);
    if (!run) return undefined;
    this.runs.set(event, run);
    event.traceparent = childOf(run);
    return run;
  }

  private begin(origin: string, isRoot: boolean): Run | undefined {
    const traceId = origin.slice(3, 35);
    const isParentSampled = isRoot ? undefined : (flagsOf(origin) & SAMPLED) !== 0;
    if (!this.sampler(traceId, isParentSampled)) return undefined;
    const parentSpanId = isRoot ? '' : origin.slice(36, 52);
    return { origin, traceId, spanId: newSpanId(), parentSpanId, dispatchedAt: 0, dispatchedTick: 0, ended: false };
  }
}

function flagsOf(traceparent: string): number {
  return Number.parseInt(traceparent.slice(53, 55), 16);
}

/** Version 00, whatever the source's was: of a later one nobody knows how to write it. */
function childOf({ origin, traceId, spanId }: Run): string {
  return `00-${traceId}-${spanId}-0${SAMPLED | (flagsOf(origin) & RANDOM)}`;
}

function spanOf(
  { traceId, spanId, parentSpanId, dispatchedAt, dispatchedTick }: Run,
  { lane, event, outcome, waitedMs, began }: InvocationSettledMessage,
): Span {
  // The monotonic clock has fractions of milliseconds, and does not jump meanwhile.
  const endedAt = began ? dispatchedAt + performance.now() - dispatchedTick : Date.now();
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState: event.tracestate ?? '',
    triggerName: lane.triggerName,
    triggerType: lane.triggerType,
    requestId: event.requestId,
    attempt: event.attempt,
    end: spanEndOf(outcome),
    arrivedAt: (began ? dispatchedAt : endedAt) - waitedMs,
    dispatchedAt: began ? dispatchedAt : undefined,
    endedAt,
  };
}
