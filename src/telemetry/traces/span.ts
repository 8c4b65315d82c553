import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { TriggerType } from '../../invocation/trigger-event.js';

/** One invocation, as it is exported. Holds nothing of what it was about. */
export interface Span {
  /** Hexadecimal digits, as are the other ids. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where the trace begins with this span. */
  readonly parentSpanId: string;
  /** Empty where there is none. */
  readonly traceState: string;
  readonly triggerName: string;
  readonly triggerType: TriggerType;
  readonly requestId: string;
  readonly attempt: number;
  readonly end: SpanEnd;
  /** Epoch milliseconds, with fractions, as are the others. */
  readonly arrivedAt: number;
  /** `undefined` where it never began. */
  readonly dispatchedAt: number | undefined;
  readonly endedAt: number;
}

/** What of an outcome is told. */
export interface SpanEnd {
  readonly outcome: InvocationOutcome['kind'];
  /** The function's own. */
  readonly status: number | undefined;
  /** What went wrong, in the host's own words; `undefined` where nothing did, or only the client. */
  readonly error: string | undefined;
  /** A name for it of which there are few. */
  readonly errorType: string | undefined;
}

/** The text of an error that the handler threw may hold anything: it stays in the log. */
export function spanEndOf(outcome: InvocationOutcome): SpanEnd {
  switch (outcome.kind) {
    case 'succeeded':
    case 'rejected':
      return { outcome: outcome.kind, status: outcome.response.statusCode, error: undefined, errorType: undefined };
    case 'failed':
      return outcome.failure === 'status' ? statusEnd(outcome.response.statusCode) : failedEnd(outcome.failure);
    case 'timed-out':
      return hostEnd(outcome.kind, 'the function did not answer in time');
    case 'crashed':
      return hostEnd(outcome.kind, 'the sub-runtime ended while it handled the event');
    case 'unavailable':
      return hostEnd(outcome.kind, `the function was not available: ${outcome.reason}`);
    case 'overloaded':
      return hostEnd(outcome.kind, 'too many events waited for the function');
    case 'expired':
      return hostEnd(outcome.kind, 'given up before it could begin');
  }
}

const FAILURES = {
  threw: 'the function threw an error',
  malformed: 'the function gave no valid response',
  'connection-lost': 'the connection to the sub-runtime was lost',
} as const;

function failedEnd(failure: keyof typeof FAILURES): SpanEnd {
  return { outcome: 'failed', status: undefined, error: FAILURES[failure], errorType: failure };
}

function statusEnd(status: number): SpanEnd {
  return { outcome: 'failed', status, error: `the function answered with status ${status}`, errorType: String(status) };
}

function hostEnd(outcome: InvocationOutcome['kind'], error: string): SpanEnd {
  return { outcome, status: undefined, error, errorType: outcome };
}
