import { Matches } from 'class-validator';
import type { ConfigFindings, ConfigRule, TriggerKind } from '../../config/config-schema.js';
import type { Named } from '../../config/host-config.js';
import { Flag, Json, Milliseconds, OneOf, Text, Whole } from '../../config/variable.decorator.js';
import { isNatsConfigured, NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { PUBLISH_SUBJECT } from '../../nats/nats-subject.js';
import { EVENT_FORMATS, type EventFormat } from '../event-format.js';
import { IsIanaTimeZone, IsSchedule } from './is-schedule.js';

const SCHEDULE = 'five or six fields (seconds first), several schedules separated by ;';
const TIME_ZONE = 'an IANA name of a time zone, such as Europe/Paris';

const CONCURRENCY_POLICIES = ['Allow', 'Forbid'] as const;

/** A schedule that runs the function. */
export class CronTriggerConfig implements Named {
  name = 'cron';

  @Text('TRIGGER_CRON_SCHEDULE', {
    required: true,
    expected: SCHEDULE,
    description: 'Five or six fields (seconds first); several separated by ; are one union: an instant fires once',
  })
  @IsSchedule(SCHEDULE)
  schedule = '';

  @Text('TRIGGER_CRON_TIME_ZONE', { expected: TIME_ZONE, description: 'IANA name' })
  @IsIanaTimeZone(TIME_ZONE)
  timeZone = 'UTC';

  @Json('TRIGGER_CRON_ARGS', { secret: true, description: "JSON, becomes the event's body" })
  args?: unknown;

  @OneOf('TRIGGER_CRON_CONCURRENCY_POLICY', CONCURRENCY_POLICIES, {
    description: 'What a tick does when the last run is not over: run beside it, or be skipped',
  })
  concurrencyPolicy: (typeof CONCURRENCY_POLICIES)[number] = 'Forbid';

  @Milliseconds('TRIGGER_CRON_STARTING_DEADLINE_MS', { description: 'How late a tick may still begin' })
  startingDeadlineMs = 60_000;

  @Whole('TRIGGER_CRON_MAX_ATTEMPTS', { description: 'Runs of one tick that may end in failure', min: 1, max: 1_000 })
  maxAttempts = 1;

  @Flag('TRIGGER_CRON_SHARED', {
    description: 'Ticks agreed over replicas, by default with NATS; false: each process for itself',
  })
  shared?: boolean;

  @Whole('TRIGGER_CRON_MAX_IN_FLIGHT', {
    description: 'Invocations of this trigger at once in this process; half of all by default',
    min: 1,
    max: 1_000_000,
  })
  maxInFlight?: number;

  @OneOf('TRIGGER_CRON_FORMAT', EVENT_FORMATS, { description: 'What the function gets as its event' })
  format: EventFormat = 'scaleway';

  @Text('TRIGGER_CRON_HANDLER', { description: 'Exported function for this trigger; SCW_HANDLER_NAME by default' })
  handler?: string;

  @Text('TRIGGER_CRON_RESULT_SUBJECT', { description: 'NATS subject to which each outcome is published' })
  @Matches(PUBLISH_SUBJECT, { message: 'a subject without wildcards, such as reports.results' })
  resultSubject?: string;
}

/** Whether the ticks of a schedule are agreed on over replicas. */
export function isShared({ shared }: CronTriggerConfig, hasServer: boolean): boolean {
  return shared ?? hasServer;
}

export const cronTriggerKind: TriggerKind<CronTriggerConfig> = {
  type: 'cron',
  configClass: CronTriggerConfig,
  isConfigured: ({ schedule }) => schedule !== '',
};

/** What is wrong between the settings of cron triggers and those of others, each valid by itself. */
const triggersRule: ConfigRule = (config, findings) => {
  const hasServer = isNatsConfigured(config.get(NatsConnectionConfig));
  for (const trigger of config.triggersOf(CronTriggerConfig)) {
    if (!hasServer) checkServer(trigger, findings);
  }
};

export const cronRules: readonly ConfigRule[] = [triggersRule];

const VARIABLES = {
  shared: 'TRIGGER_CRON_SHARED',
  resultSubject: 'TRIGGER_CRON_RESULT_SUBJECT',
} as const;

/** How an issue names a setting; a trigger of the environment is called like its kind. */
function label({ name }: CronTriggerConfig, setting: keyof typeof VARIABLES): string {
  return name === 'cron' ? VARIABLES[setting] : `TRIGGERS_FILE (${name}).${setting}`;
}

function checkServer(trigger: CronTriggerConfig, findings: ConfigFindings): void {
  const expected = 'expected TRIGGER_NATS_URL beside it, but it is not set';
  if (trigger.shared === true) {
    findings.issue(label(trigger, 'shared'), `${expected}: replicas agree on ticks through NATS`);
  }
  if (trigger.resultSubject !== undefined) findings.issue(label(trigger, 'resultSubject'), expected);
}
