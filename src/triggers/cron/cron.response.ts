import { retryAfterMs } from '../../durable/back-off.js';
import type { FailedOutcome, InvocationOutcome } from '../../invocation/invocation-outcome.js';

/** What a tick does with the outcome of one attempt. */
export type CronStep =
  /** It is over, and well; the output is discarded. */
  | { readonly kind: 'succeeded' }
  /** It is over: another attempt would change nothing, or there is none left. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** The next attempt, after what the function asked for, or else after the back-off. */
  | { readonly kind: 'again'; readonly afterMs: number | undefined }
  /** The same attempt once more, since it has not begun. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** It may not begin any more. */
  | { readonly kind: 'missed' }
  /** The host ends. */
  | { readonly kind: 'stopped' };

/** Settles one attempt of a tick by the settle table. Pure. `now`, in epoch milliseconds, is for a `Retry-After` that is a date. */
export function settleTick(outcome: InvocationOutcome, attemptsLeft: number, now: number): CronStep {
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'succeeded' };
    case 'rejected':
      return { kind: 'failed', reason: `the function answered with status ${outcome.response.statusCode}` };
    case 'failed':
      return again(attemptsLeft, reasonOf(outcome), askedDelay(outcome, now));
    case 'timed-out':
      return again(attemptsLeft, 'the function did not answer in time');
    case 'crashed':
      return again(attemptsLeft, `the function ended: ${outcome.message}`);
    case 'unavailable':
      if (outcome.reason === 'draining') return { kind: 'stopped' };
      return { kind: 'later', afterMs: outcome.retryAfterSeconds * 1_000 };
    case 'overloaded':
      return { kind: 'later', afterMs: outcome.retryAfterSeconds * 1_000 };
    case 'expired':
      return { kind: 'missed' };
  }
}

function again(attemptsLeft: number, reason: string, afterMs?: number): CronStep {
  return attemptsLeft > 0 ? { kind: 'again', afterMs } : { kind: 'failed', reason };
}

function askedDelay(outcome: FailedOutcome, now: number): number | undefined {
  return outcome.failure === 'status' ? retryAfterMs(outcome.response.headers, now) : undefined;
}

function reasonOf(outcome: FailedOutcome): string {
  switch (outcome.failure) {
    case 'status':
      return `the function answered with status ${outcome.response.statusCode}`;
    case 'threw':
      return `the function threw: ${outcome.message}`;
    case 'malformed':
      return `the function gave no valid response: ${outcome.message}`;
    case 'connection-lost':
      return `the connection to the function was lost: ${outcome.message}`;
  }
}
