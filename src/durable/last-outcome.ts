import { outcomeDetail } from '../dead-letters/outcome-detail.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { GiveUpReason } from './settlement.js';

/** What a dead letter tells of the last attempt. */
export interface LastOutcome {
  readonly reason: GiveUpReason;
  /** Kind of the outcome, `unknown` where no host lived to tell. */
  readonly kind: string;
  readonly status: number | undefined;
  /** For people. */
  readonly error: string | undefined;
  /** From 1. */
  readonly attempt: number | undefined;
}

export function lastOutcomeOf(
  reason: GiveUpReason,
  outcome: InvocationOutcome,
  attempt: number | undefined,
): LastOutcome {
  return { reason, kind: outcome.kind, ...outcomeDetail(outcome), attempt };
}
