import type { JetStreamManager } from '@nats-io/jetstream';
import type { StoredLetter } from '../dead-letters/stored-letter.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { TraceContext } from '../invocation/trace-context.js';
import type { LaneOptions, TriggerEvent } from '../invocation/trigger-event.js';
import type { ConsumerSettings } from './consumer-settings.js';
import type { Delivery } from './delivery.js';
import type { GiveUpReason, Settlement } from './settlement.js';

/** What is to be done with a message that was delivered. */
export type Verdict =
  /** `isLast`: if its host dies with it, it is given up. */
  | { readonly kind: 'run'; readonly event: TriggerEvent; readonly isLast: boolean }
  /** A dead letter without a run. */
  | { readonly kind: 'give-up'; readonly reason: GiveUpReason; readonly error: string }
  /** It is over and nobody has to know of it but the source, which counts it. */
  | { readonly kind: 'pass-over' };

/** How a message ended, for whoever counts. */
export type DeliveryEnd =
  | { readonly kind: 'acknowledged' | 'retried' | 'handed-back' | 'passed-over' }
  | { readonly kind: 'given-up'; readonly reason: GiveUpReason; readonly error: string | undefined };

/** What a kind of trigger brings to a durable consumer: what its messages are, and how their outcomes are settled. */
export interface DurableSource {
  readonly consumer: ConsumerSettings;
  readonly lane: LaneOptions;
  /** Prefix of the subjects of its dead letters. */
  readonly deadLetterSubject: string;
  /** The exported function and the format, for the letters. */
  readonly handlerName: string;
  readonly format: string;
  /** Sees to what else is needed on the server before anything is fetched; a rejection says what to do. */
  prepare?(manager: JetStreamManager): Promise<void>;
  /** Whether a message is run, and as which event. A throw is a bug. */
  judge(delivery: Delivery): Verdict;
  settle(outcome: InvocationOutcome, delivery: Delivery): Settlement;
  /** The id that letters, results and log lines call a message by; `<stream>-<sequence>` where it is not given. */
  requestIdOf?(delivery: Delivery): string | undefined;
  /** Where the last outcome of a message goes; resolves when it is safe there. Told before the message is acknowledged. */
  publishResult?(requestId: string, outcome: InvocationOutcome, delivery: Delivery): Promise<void>;
  onEnd?(delivery: Delivery, end: DeliveryEnd): void;
  /** The event of one of its dead letters, as which it is replayed; `undefined` where it has none. Without this, none is. */
  readLetter?(letter: StoredLetter): TriggerEvent | undefined;
  /** Where the outcome of a replay goes that succeeded: it must not be taken for the one of the last delivery again. */
  publishReplay?(letter: StoredLetter, outcome: InvocationOutcome, trace?: Partial<TraceContext>): Promise<void>;
}
