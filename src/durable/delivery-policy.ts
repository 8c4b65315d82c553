import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { DEFAULT_BACKOFF_MS } from './back-off.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import type { Delivery } from './delivery.js';
import type { Verdict } from './durable-source.js';
import { settle, type Settlement } from './settlement.js';

/** How often a message may be delivered, and when again. */
export interface DeliveryPolicy {
  readonly maxDeliver: number;
  /** Milliseconds before each redelivery; the last repeats. */
  readonly backoffMs: readonly number[];
}

/** Of every durable source, where nothing else is configured. */
export const DELIVERY_DEFAULTS = {
  maxDeliver: 5,
  backoffMs: DEFAULT_BACKOFF_MS,
  ackWaitMs: 30_000,
  maxAckPending: 10_000,
} as const satisfies DeliveryPolicy & { ackWaitMs: number; maxAckPending: number };

/** The host counts: one that was delivered more often than it may be had hosts that did not live to settle it. */
export function beyondLimit({ charged }: Delivery, { maxDeliver }: DeliveryPolicy): Verdict | undefined {
  if (charged <= maxDeliver) return undefined;
  const error = `delivered ${charged - 1} times, and no host lived to settle the last delivery`;
  return { kind: 'give-up', reason: 'host died', error };
}

/** How often hosts may die with a message before it runs alone. */
const LOST_TWICE = 2;

/**
 * Hosts that died with it in hand are known by what they did not write down. Once can be chance, and is charged; before
 * it could cost the message its last delivery, and when it has happened twice, it runs alone, so that a neighbour of the
 * one to blame succeeds.
 */
export function mayEndHosts({ lost }: Delivery, isLast: boolean): boolean {
  return lost >= LOST_TWICE || (isLast && lost > 0);
}

/** A delivery within the limit. */
export function runDelivery(event: TriggerEvent, { charged }: Delivery, { maxDeliver }: DeliveryPolicy): Verdict {
  return { kind: 'run', event, isLast: charged >= maxDeliver };
}

/** The settle table for a source whose attempts are its deliveries. */
export function settleDelivery(outcome: InvocationOutcome, { charged }: Delivery, policy: DeliveryPolicy): Settlement {
  const { maxDeliver, backoffMs } = policy;
  return settle(outcome, { attempt: charged, maxAttempts: maxDeliver, backoffMs, now: Date.now() });
}
