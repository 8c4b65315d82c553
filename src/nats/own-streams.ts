import { natsName } from './nats-name.js';

/** The streams that we create where they are missing; their names are the contract's. */
export const DEAD_LETTERS_STREAM = 'TRIBUTARY_DEAD_LETTERS';
export const TICKS_STREAM = 'TRIBUTARY_TICKS';
export const INVOCATIONS_STREAM = 'TRIBUTARY_INVOCATIONS';
export const ATTEMPTS_STREAM = 'TRIBUTARY_ATTEMPTS';

/** All dead letters that have no subject of their own lie under this prefix. */
export const DEAD_LETTERS_PREFIX = 'tributary.dead';
const TICKS_PREFIX = 'tributary.tick';
const INVOCATIONS_PREFIX = 'tributary.invocation';
const ATTEMPTS_PREFIX = 'tributary.attempt';

/** What of a stream's settings is ours to say; the rest is the server's default or the administrator's choice. */
export interface OwnStream {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly description: string;
  /** `limits` keeps what was handled, `workqueue` does not. */
  readonly retention: 'limits' | 'workqueue';
  /** What a full stream does: refuse the new, or forget the old. */
  readonly discard: 'new' | 'old';
  /** Milliseconds, 0 for ever. */
  readonly maxAgeMs: number;
  /** Milliseconds in which a message id is known; the server's default, two minutes, where it is not given. */
  readonly duplicateWindowMs?: number;
  /** Older ones are forgotten; without limit where it is not given. */
  readonly maxMessagesPerSubject?: number;
}

/** Kept until somebody replays or discards them; a full stream refuses a letter, so that its message stays where it is. */
export const deadLettersStream: OwnStream = {
  name: DEAD_LETTERS_STREAM,
  subjects: [`${DEAD_LETTERS_PREFIX}.>`],
  description: 'Dead letters of functions hosted by Tributary',
  retention: 'limits',
  discard: 'new',
  maxAgeMs: 0,
};

const MIN_TICKS_MS = 300_000;

/**
 * Ticks. `limits`, not `workqueue`: the latter forgets the ids of handled messages when the server restarts, and a replica
 * that publishes late would have a tick run twice.
 *
 * @param startingDeadlineMs The largest of all schedules; ids are known for twice as long, and at least five minutes.
 * @param longestRunMs How long a tick may be under way, all attempts included: it must not expire meanwhile.
 */
export function ticksStream(startingDeadlineMs: number, longestRunMs: number): OwnStream {
  const duplicateWindowMs = Math.max(MIN_TICKS_MS, 2 * startingDeadlineMs);
  return {
    name: TICKS_STREAM,
    subjects: [`${TICKS_PREFIX}.>`],
    description: 'Ticks of schedules that replicas of Tributary agree on',
    retention: 'limits',
    discard: 'old',
    maxAgeMs: duplicateWindowMs + longestRunMs,
    duplicateWindowMs,
  };
}

/** Queued invocations, each until it was handled. */
export const invocationsStream: OwnStream = {
  name: INVOCATIONS_STREAM,
  subjects: [`${INVOCATIONS_PREFIX}.>`],
  description: 'Queued invocations of functions hosted by Tributary',
  retention: 'workqueue',
  discard: 'new',
  maxAgeMs: 0,
};

/** Prefix of the subjects of all dead letters of a function that have no subject of their own. */
export function deadLettersPrefix(applicationName: string): string {
  return `${DEAD_LETTERS_PREFIX}.${natsName(applicationName)}`;
}

const MONTH_MS = 30 * 86_400_000;

/**
 * What is known of messages that were delivered more than once, the latest of each. A month is longer than the longest
 * back-off (24.8 days); what is forgotten counts as one delivery whose host died.
 */
export const attemptsStream: OwnStream = {
  name: ATTEMPTS_STREAM,
  subjects: [`${ATTEMPTS_PREFIX}.>`],
  description: 'Attempts of messages that Tributary was given more than once',
  retention: 'limits',
  discard: 'old',
  maxAgeMs: MONTH_MS,
  maxMessagesPerSubject: 1,
};

/** Where the attempts of a message stand. */
export function attemptSubject(message: { stream: string; consumer: string; sequence: number }): string {
  return `${ATTEMPTS_PREFIX}.${message.stream}.${message.consumer}.${message.sequence}`;
}

/** Prefix of the subjects of a trigger's dead letters; `<stream>.<sequence>` follows. */
export function deadLetterSubject(applicationName: string, triggerName: string): string {
  return `${deadLettersPrefix(applicationName)}.${natsName(triggerName)}`;
}

export function tickSubject(applicationName: string, triggerName: string): string {
  return `${TICKS_PREFIX}.${natsName(applicationName)}.${natsName(triggerName)}`;
}

export function invocationSubject(applicationName: string, triggerName: string): string {
  return `${INVOCATIONS_PREFIX}.${natsName(applicationName)}.${natsName(triggerName)}`;
}

/**
 * The durable consumer of a trigger on one of our own streams, which functions share: `shop=eu-nightly` and
 * `shop-eu=nightly` are two, where `-` in place of `=` would make them one.
 */
export function ownDurableName(applicationName: string, triggerName: string): string {
  return `${natsName(applicationName)}=${natsName(triggerName)}`;
}

/** The durable consumer of a trigger, shared by all replicas. */
export function durableName(applicationName: string, triggerName: string): string {
  return natsName(`${applicationName}-${triggerName}`);
}
