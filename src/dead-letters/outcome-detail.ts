import type { InvocationOutcome } from '../invocation/invocation-outcome.js';

/** An outcome in words, with the status of HTTP for the same. */
export function outcomeDetail(outcome: InvocationOutcome): { status: number | undefined; error: string | undefined } {
  switch (outcome.kind) {
    case 'succeeded':
    case 'rejected':
      return answered(outcome.response.statusCode);
    case 'failed':
      if (outcome.failure === 'status') return answered(outcome.response.statusCode);
      return { status: outcome.failure === 'threw' ? 500 : 502, error: outcome.message };
    case 'timed-out':
      return { status: 504, error: 'the function did not answer in time' };
    case 'crashed':
      return { status: 502, error: `the sub-runtime ${outcome.message}` };
    case 'unavailable':
    case 'overloaded':
    case 'expired':
      return { status: 503, error: 'the function did not begin' };
  }
}

function answered(status: number): { status: number; error: string } {
  return { status, error: `the function answered with status ${status}` };
}
