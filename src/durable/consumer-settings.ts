import type { ConsumerConfig } from '@nats-io/jetstream';
import { isAtLeast } from '../nats/server-version.js';

/** A durable pull consumer as its trigger wants it. */
export interface ConsumerSettings {
  readonly stream: string;
  readonly durable: string;
  /** Whose it is, where its name is made of that: `shop-eu` with `nightly` makes the same name as `shop` with `eu-nightly`. */
  readonly owner?: string | undefined;
  /** All messages of the stream where there are none. */
  readonly filterSubjects: readonly string[];
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  /** Where a consumer that is created begins; one that exists is past its beginning. */
  readonly begin: 'all' | 'new' | { readonly at: () => Date };
  /** A consumer that differs is changed; otherwise the trigger does not start. */
  readonly mayUpdate: boolean;
  /** How a message for people calls a setting, such as `TRIGGER_NATS_ACK_WAIT_MS`. */
  readonly label: (setting: 'subject' | 'ackWaitMs' | 'maxAckPending' | 'updateConsumer' | 'durable') => string;
}

/** Servers before it give a consumer whose filter was changed nothing of what the stream holds already. */
const FILTERS_CHANGE = '2.10.0';
const NANOSECONDS = 1_000_000;
/** Begins the description of a consumer that a host has created; its owner follows. */
const CREATED_FOR = 'Created by Tributary for ';

/**
 * What is created. `max_deliver` is -1 and there is no `backoff`: a server that stops redelivering at a limit would lose
 * what a dying host had in hand, so the host counts.
 *
 * @param startSequence Begins there instead, where a consumer is replaced whose position is known.
 */
export function consumerConfig(settings: ConsumerSettings, startSequence?: number): Partial<ConsumerConfig> {
  return {
    durable_name: settings.durable,
    ack_policy: 'explicit',
    ...(settings.owner !== undefined && { description: `${CREATED_FOR}${settings.owner}` }),
    ...wantedConfig(settings),
    ...(startSequence === undefined
      ? beginOf(settings.begin)
      : { deliver_policy: 'by_start_sequence', opt_start_seq: startSequence }),
  };
}

/** What is undefined here is taken out of the configuration that is updated. */
const TAKEN_OUT = { filter_subject: undefined, filter_subjects: undefined, backoff: undefined };

/** What is changed of a consumer that exists: all that `differences` looks at, but for what no server changes. */
export function changedConfig(settings: ConsumerSettings): Partial<ConsumerConfig> {
  return {
    ...(TAKEN_OUT as Partial<ConsumerConfig>),
    ...wantedConfig(settings),
    headers_only: false,
    inactive_threshold: 0,
    max_batch: 0,
    max_expires: 0,
  };
}

/** Whose consumer it is, where that is known and not this one. */
export function otherOwner({ description = '' }: ConsumerConfig, { owner }: ConsumerSettings): string | undefined {
  if (owner === undefined || !description.startsWith(CREATED_FOR)) return undefined;
  const found = description.slice(CREATED_FOR.length);
  return found === owner ? undefined : found;
}

/** Why no update makes a consumer one that can be used; `undefined` where one does. */
export function whyNotUpdatable(
  found: ConsumerConfig,
  settings: ConsumerSettings,
  serverVersion: string | undefined,
): string | undefined {
  if (found.deliver_subject !== undefined) return 'a push consumer cannot be made to pull';
  if (found.ack_policy !== 'explicit') return 'its ack policy cannot be changed';
  if (sameSubjects(filtersOf(found), settings.filterSubjects) || isAtLeast(serverVersion, FILTERS_CHANGE))
    return undefined;
  return `nats-server ${serverVersion ?? ''} passes over what is stored when a filter is changed`;
}

function wantedConfig({ filterSubjects, ackWaitMs, maxAckPending }: ConsumerSettings): Partial<ConsumerConfig> {
  const [only, ...others] = filterSubjects;
  return {
    ack_wait: ackWaitMs * NANOSECONDS,
    max_ack_pending: maxAckPending,
    max_deliver: -1,
    ...(others.length > 0 ? { filter_subjects: [...filterSubjects] } : only !== undefined && { filter_subject: only }),
  };
}

function beginOf(begin: ConsumerSettings['begin']): Partial<ConsumerConfig> {
  if (typeof begin === 'string') return { deliver_policy: begin };
  return { deliver_policy: 'by_start_time', opt_start_time: begin.at().toISOString() };
}

/** Where a consumer differs from what is configured, each in words; empty where it does not. */
export function differences(found: ConsumerConfig, settings: ConsumerSettings): string[] {
  const { label } = settings;
  const all: (string | false)[] = [
    found.deliver_subject !== undefined && 'it is a push consumer, and a pull consumer is needed',
    found.ack_policy !== 'explicit' && `its ack policy is ${found.ack_policy}, and explicit is needed`,
    !sameSubjects(filtersOf(found), settings.filterSubjects) &&
      `it filters ${textOf(filtersOf(found))}, and ${label('subject')} says ${textOf(settings.filterSubjects)}`,
    found.ack_wait !== settings.ackWaitMs * NANOSECONDS &&
      `its ack wait is ${milliseconds(found.ack_wait)}, and ${label('ackWaitMs')} says ${settings.ackWaitMs} ms`,
    found.max_ack_pending !== settings.maxAckPending &&
      `its max ack pending is ${found.max_ack_pending}, and ${label('maxAckPending')} says ${settings.maxAckPending}`,
    (found.max_deliver ?? -1) > 0 &&
      `its max deliver is ${found.max_deliver}, and -1 is needed: the host counts deliveries, and a server that stops loses what a dying host had in hand`,
    (found.backoff?.length ?? 0) > 0 &&
      'it has a back-off of its own, and none is needed: the host delays redeliveries',
    found.headers_only === true && 'it delivers headers alone, without bodies',
    (found.inactive_threshold ?? 0) > 0 &&
      `it is deleted after ${milliseconds(found.inactive_threshold)} without a replica, and then begins anew`,
    (found.max_batch ?? 0) > 0 && `it limits requests to ${found.max_batch} messages`,
    (found.max_expires ?? 0) > 0 && `it limits requests to ${milliseconds(found.max_expires)}`,
  ];
  return all.filter((difference) => difference !== false);
}

function filtersOf({ filter_subject: one, filter_subjects: several }: ConsumerConfig): readonly string[] {
  return several ?? (one ? [one] : []);
}

function sameSubjects(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((subject) => others.includes(subject));
}

function textOf(subjects: readonly string[]): string {
  return subjects.length === 0 ? 'nothing' : subjects.join(', ');
}

function milliseconds(nanoseconds: number | undefined): string {
  return `${Math.round((nanoseconds ?? 0) / NANOSECONDS)} ms`;
}
