import type { FailedOutcome, InvocationOutcome } from '../invocation/invocation-outcome.js';
import { backOffMs, retryAfterMs } from './back-off.js';

/** What becomes of a delivery. */
export type Settlement =
  | { readonly kind: 'acknowledge' }
  /** Delivered again after a while. */
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** A dead letter, then terminated. */
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason }
  /** Nobody knows who made the sub-runtime die: it runs again, alone, and nothing is charged. */
  | { readonly kind: 'run-alone' }
  /** It has not run, or was cut off by the end of this host: delivered again at once, to whoever is there. */
  | { readonly kind: 'hand-back' }
  /** It may not begin any more, and that is no failure of the function. */
  | { readonly kind: 'pass-over' };

/**
 * - `rejected`: the function's 4xx; the same message would be rejected again
 * - `failed`: the last attempt failed, timed out, or crashed the sub-runtime
 * - `host died`: it was delivered as often as it may be, and no host lived to tell what came of the last deliveries
 * - `unreadable`: no event can be made of it
 */
export type GiveUpReason = 'rejected' | 'failed' | 'host died' | 'unreadable';

/** Where a message stands in its attempts. */
export interface AttemptFacts {
  /** Attempts that failed, this one included if it did. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Milliseconds before each further attempt. */
  readonly backoffMs: readonly number[];
  /** Epoch milliseconds, for a `Retry-After` that is a date. */
  readonly now: number;
}

/** The column "NATS, JetStream" of the settle table. Pure but for the jitter of the back-off. */
export function settle(outcome: InvocationOutcome, facts: AttemptFacts): Settlement {
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'acknowledge' };
    case 'rejected':
      return { kind: 'give-up', reason: 'rejected' };
    case 'failed':
      return charge(facts, askedDelay(outcome, facts.now));
    case 'timed-out':
      return charge(facts);
    case 'crashed':
      return outcome.alone ? charge(facts) : { kind: 'run-alone' };
    case 'unavailable':
    case 'overloaded':
    case 'expired':
      return { kind: 'hand-back' };
  }
}

function charge({ attempt, maxAttempts, backoffMs }: AttemptFacts, askedMs?: number): Settlement {
  if (attempt >= maxAttempts) return { kind: 'give-up', reason: 'failed' };
  return { kind: 'retry', afterMs: askedMs ?? backOffMs(backoffMs, attempt) };
}

function askedDelay(outcome: FailedOutcome, now: number): number | undefined {
  return outcome.failure === 'status' ? retryAfterMs(outcome.response.headers, now) : undefined;
}
