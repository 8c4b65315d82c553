import { MAX_RETRY_AFTER_MS } from '../../durable/back-off.js';
import { DELIVERY_DEFAULTS, type DeliveryPolicy } from '../../durable/delivery-policy.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import { deadLetterSubject, INVOCATIONS_STREAM } from '../../nats/own-streams.js';
import type { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import type { NatsTriggerConfig } from '../../triggers/nats/nats.config.js';
import { duration } from './duration.js';

/** What a trigger makes of each outcome, in words: the settle table (docs/delivery-guarantees.md), with this configuration's numbers. */
export type Settlements = Readonly<Record<Exclude<InvocationOutcome['kind'], 'expired'>, string>>;

/** @param startTimeoutMs How long a request waits for a sub-runtime that starts. */
export function httpSettlements({ maxQueue }: InvocationConfig, startTimeoutMs: number): Settlements {
  return {
    succeeded: "the handler's response",
    rejected: "the handler's response",
    failed:
      "the handler's response; 500 where it threw; 502 where its response is malformed or the connection was lost",
    'timed-out': '504',
    crashed: '502',
    unavailable: `503 with Retry-After; while the sub-runtime starts, waits for it up to ${duration(startTimeoutMs)}`,
    overloaded: `429 with Retry-After, where ${maxQueue} wait already`,
  };
}

export function coreSettlements({ timeoutMs, maxQueue }: InvocationConfig): Settlements {
  const failure = 'error reply, where the message asks for a reply; it is not tried again';
  return {
    succeeded: 'replied where the message asks for a reply, else discarded',
    rejected: failure,
    failed: failure,
    'timed-out': failure,
    crashed: failure,
    unavailable: `waits up to its deadline, ${duration(timeoutMs)}, then as timed-out`,
    overloaded: `error reply 429, or dropped and counted, where ${maxQueue} wait already`,
  };
}

export function durableSettlements(
  invocation: InvocationConfig,
  trigger: NatsTriggerConfig & { readonly stream: string },
): Settlements {
  const prefix = trigger.deadLetterSubject ?? deadLetterSubject(invocation.applicationName, trigger.name);
  return deliveredSettlements(trigger, `${prefix}.${trigger.stream}.<sequence>`);
}

export function queuedSettlements(invocation: InvocationConfig, trigger: HttpTriggerConfig): Settlements {
  const prefix = deadLetterSubject(invocation.applicationName, trigger.name);
  return deliveredSettlements(DELIVERY_DEFAULTS, `${prefix}.${INVOCATIONS_STREAM}.<sequence>`);
}

/** A death may have been the fault of a neighbour. */
export const CRASHED_DURABLY = 'as failed; where others ran beside it, it runs again alone first, without charge';

function deliveredSettlements(policy: DeliveryPolicy, letter: string): Settlements {
  const deadLetter = `dead letter ${letter}`;
  const again = againText(policy.maxDeliver, policy.backoffMs, 'deliveries');
  return {
    succeeded: 'acknowledged',
    rejected: `${deadLetter} at once`,
    failed: `${again}; then ${deadLetter}`,
    'timed-out': 'as failed',
    crashed: CRASHED_DURABLY,
    unavailable: 'nothing is fetched; what is fetched already waits, and is charged no delivery',
    overloaded: 'nothing is fetched',
  };
}

/** How often something is tried, and when again. */
export function againText(attempts: number, backoffMs: readonly number[], noun: string): string {
  if (attempts === 1) return 'not tried again';
  const delays = delaysOf(attempts, backoffMs);
  const shown = delays.slice(0, 4).map(duration).join(', ');
  const more = delays.length > 4 ? `, ... (the last repeats)` : '';
  return (
    `tried again after ${shown}${more}, each +-50 %, or after the Retry-After of the response, ` +
    `at most ${duration(MAX_RETRY_AFTER_MS)}; ${attempts} ${noun} in all`
  );
}

/** How long all of that takes at most: every run up to its deadline, every pause at its longest. */
export function longestText({ maxDeliver, backoffMs }: DeliveryPolicy, timeoutMs: number): string {
  const runs = maxDeliver * timeoutMs;
  const pauses = delaysOf(maxDeliver, backoffMs).reduce((sum, delay) => sum + delay, 0);
  const deadlines = `${maxDeliver} x ${duration(timeoutMs)}`;
  const sum = pauses > 0 ? `${deadlines} + 1.5 x ${duration(pauses)}` : deadlines;
  return `${sum} = ${duration(runs + 1.5 * pauses)} of attempts and pauses, but for a Retry-After and for waiting`;
}

function delaysOf(attempts: number, backoffMs: readonly number[]): number[] {
  return Array.from({ length: attempts - 1 }, (_, index) => backoffMs[index] ?? backoffMs.at(-1) ?? 0);
}
