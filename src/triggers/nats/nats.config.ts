import { ArrayMinSize, Matches, ValidateBy } from 'class-validator';
import type { ConfigRule, TriggerKind } from '../../config/config-schema.js';
import type { Named } from '../../config/host-config.js';
import { Flag, List, Milliseconds, OneOf, Text, Whole, Wholes } from '../../config/variable.decorator.js';
import { DELIVERY_DEFAULTS } from '../../durable/delivery-policy.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { isNatsConfigured, NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { firstOverlap, PUBLISH_SUBJECT, QUEUE_NAME, SUBSCRIBE_SUBJECT } from '../../nats/nats-subject.js';
import { EVENT_FORMATS, type EventFormat } from '../event-format.js';
import { checkNatsTriggers } from './nats.check.js';

const SUBJECTS = 'subjects such as orders.new, orders.* or orders.>, separated by commas';
const NO_OVERLAP = 'subjects that do not overlap: a message that fits two of them would be handled twice';
const NO_WILDCARDS = 'a subject without wildcards, such as orders.results';
const STREAM_NAME = /^[^\s.*>/\\]+$/;
const DURABLE_NAME = /^[A-Za-z0-9_-]{1,255}$/;

function NoOverlap(): PropertyDecorator {
  const validate = (value: unknown) => !Array.isArray(value) || firstOverlap(value.map(String)) === undefined;
  return ValidateBy({ name: 'noOverlap', validator: { validate } }, { message: NO_OVERLAP });
}

/** A NATS trigger; those settings that only a durable one has are at the end. */
export class NatsTriggerConfig implements Named {
  name = 'nats';

  @List('TRIGGER_NATS_SUBJECT', { description: 'Subjects, wildcards allowed, separated by commas' })
  @ArrayMinSize(1, { message: SUBJECTS })
  @Matches(SUBSCRIBE_SUBJECT, { each: true, message: SUBJECTS })
  @NoOverlap()
  subject?: readonly string[];

  @Text('TRIGGER_NATS_QUEUE', {
    emptyAllowed: true,
    description: 'Queue group, SCW_APPLICATION_NAME by default; empty: every replica gets every message',
  })
  @Matches(QUEUE_NAME, { message: 'a name without white space, or nothing' })
  queue?: string;

  @Whole('TRIGGER_NATS_MAX_IN_FLIGHT', {
    description: 'Invocations of this trigger at once in this process; half of all by default',
    min: 1,
    max: 1_000_000,
  })
  maxInFlight?: number;

  @OneOf('TRIGGER_NATS_FORMAT', EVENT_FORMATS, { description: 'What the function gets as its event' })
  format: EventFormat = 'scaleway';

  @Text('TRIGGER_NATS_HANDLER', { description: 'Exported function for this trigger; SCW_HANDLER_NAME by default' })
  handler?: string;

  @Text('TRIGGER_NATS_RESULT_SUBJECT', { description: 'Subject to which each outcome is published' })
  @Matches(PUBLISH_SUBJECT, { message: NO_WILDCARDS })
  resultSubject?: string;

  @Text('TRIGGER_NATS_STREAM', { description: 'Stream (JetStream): makes the trigger durable; the subjects filter it' })
  @Matches(STREAM_NAME, { message: 'the name of a stream' })
  stream?: string;

  @Text('TRIGGER_NATS_DURABLE', { description: 'Durable pull consumer, <application>-<trigger> by default' })
  @Matches(DURABLE_NAME, { message: 'letters, digits, - and _' })
  durable?: string;

  @OneOf('TRIGGER_NATS_DELIVER_POLICY', ['all', 'new'], {
    description: 'Where a consumer that is created begins: with all messages of the stream, or with new ones',
  })
  deliverPolicy: 'all' | 'new' = 'all';

  @Flag('TRIGGER_NATS_UPDATE_CONSUMER', { description: 'May change a consumer that differs from the configuration' })
  updateConsumer = false;

  @Whole('TRIGGER_NATS_MAX_DELIVER', { description: 'Deliveries before the dead letter', min: 1, max: 1_000_000 })
  maxDeliver = DELIVERY_DEFAULTS.maxDeliver;

  @Milliseconds('TRIGGER_NATS_ACK_WAIT_MS', {
    description: 'Time after which an unsettled message is delivered again; extended while the function runs',
  })
  ackWaitMs = DELIVERY_DEFAULTS.ackWaitMs;

  @Wholes('TRIGGER_NATS_BACKOFF_MS', {
    description: 'Delay before each redelivery; the last repeats',
    min: 1,
    max: 2_147_483_647,
  })
  @ArrayMinSize(1, { message: 'at least one delay' })
  backoffMs: readonly number[] = DELIVERY_DEFAULTS.backoffMs;

  @Whole('TRIGGER_NATS_MAX_ACK_PENDING', {
    description: 'Unsettled messages over all replicas; 1: one at a time, in order',
    min: 1,
    max: 10_000_000,
  })
  maxAckPending = DELIVERY_DEFAULTS.maxAckPending;

  @Text('TRIGGER_NATS_DEAD_LETTER_SUBJECT', {
    description: 'Prefix of the subjects of dead letters, tributary.dead.<application>.<trigger> by default',
  })
  @Matches(PUBLISH_SUBJECT, { message: NO_WILDCARDS })
  deadLetterSubject?: string;
}

/** Whether a trigger takes its messages from a stream. */
export function isDurable(config: NatsTriggerConfig): config is NatsTriggerConfig & { readonly stream: string } {
  return config.stream !== undefined;
}

export const natsTriggerKind: TriggerKind<NatsTriggerConfig> = {
  type: 'nats',
  configClass: NatsTriggerConfig,
  isConfigured: ({ subject, stream }) => subject !== undefined || stream !== undefined,
};

const triggersRule: ConfigRule = (config, findings) =>
  checkNatsTriggers(config.triggersOf(NatsTriggerConfig), findings, {
    hasServer: isNatsConfigured(config.get(NatsConnectionConfig)),
    applicationName: config.get(InvocationConfig).applicationName,
  });

export const natsTriggerRules: readonly ConfigRule[] = [triggersRule];
