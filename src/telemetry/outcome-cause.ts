import type { InvocationOutcome } from '../invocation/invocation-outcome.js';

/** Why an invocation came out as it did. */
export interface OutcomeCause {
  readonly status?: number;
  readonly failure?: string;
  readonly reason?: string;
}

/** The text of an error that the handler threw is its author's own and is told; of what it answered only the status is. */
export function causeOf(outcome: InvocationOutcome): OutcomeCause {
  switch (outcome.kind) {
    case 'succeeded':
    case 'rejected':
      return { status: outcome.response.statusCode };
    case 'failed':
      return outcome.failure === 'status'
        ? { failure: outcome.failure, status: outcome.response.statusCode }
        : { failure: outcome.failure, reason: outcome.message };
    case 'crashed':
      return { reason: outcome.message };
    case 'unavailable':
      return { reason: outcome.reason };
    case 'timed-out':
    case 'overloaded':
    case 'expired':
      return {};
  }
}
