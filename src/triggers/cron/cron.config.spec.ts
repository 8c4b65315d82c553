import { describe, expect, it } from 'vitest';
import type { ConfigSchema } from '../../config/config-schema.js';
import { loadConfig } from '../../config/load-config.js';
import type { Environment } from '../../config/read-variables.js';
import { messageOf } from '../../errors.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { cronRules, CronTriggerConfig, cronTriggerKind, isShared } from './cron.config.js';

const schema: ConfigSchema = {
  sections: [InvocationConfig, NatsConnectionConfig],
  triggerKinds: [cronTriggerKind],
  rules: cronRules,
};

const load = (environment: Environment, file?: string) => loadConfig(environment, file, schema);
const triggers = (environment: Environment, file?: string) => load(environment, file).triggersOf(CronTriggerConfig);

function problem(environment: Environment, file?: string): string {
  try {
    load(environment, file);
  } catch (error) {
    return messageOf(error);
  }
  return 'none';
}

describe('the cron trigger of the environment', () => {
  it('section 1: is made by TRIGGER_CRON_SCHEDULE, with the defaults', () => {
    expect(triggers({ TRIGGER_CRON_SCHEDULE: '0 3 * * *' })).toEqual([
      Object.assign(new CronTriggerConfig(), {
        name: 'cron',
        schedule: '0 3 * * *',
        timeZone: 'UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineMs: 60_000,
        maxAttempts: 1,
        format: 'scaleway',
      }),
    ]);
    expect(triggers({})).toEqual([]);
  });

  it('section 1: takes every setting', () => {
    const [trigger] = triggers({
      TRIGGER_NATS_URL: 'nats://127.0.0.1:4222',
      TRIGGER_CRON_SCHEDULE: '*/5 * * * * *; 0 12 * * *',
      TRIGGER_CRON_TIME_ZONE: 'Europe/Paris',
      TRIGGER_CRON_ARGS: '{"report":"daily"}',
      TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow',
      TRIGGER_CRON_STARTING_DEADLINE_MS: '5000',
      TRIGGER_CRON_MAX_ATTEMPTS: '3',
      TRIGGER_CRON_SHARED: 'false',
      TRIGGER_CRON_MAX_IN_FLIGHT: '2',
      TRIGGER_CRON_FORMAT: 'raw',
      TRIGGER_CRON_HANDLER: 'report',
      TRIGGER_CRON_RESULT_SUBJECT: 'reports.done',
    });
    expect(trigger).toEqual({
      name: 'cron',
      schedule: '*/5 * * * * *; 0 12 * * *',
      timeZone: 'Europe/Paris',
      args: { report: 'daily' },
      concurrencyPolicy: 'Allow',
      startingDeadlineMs: 5_000,
      maxAttempts: 3,
      shared: false,
      maxInFlight: 2,
      format: 'raw',
      handler: 'report',
      resultSubject: 'reports.done',
    });
  });

  it('section 1: settings without a schedule are a mistake', () => {
    expect(problem({ TRIGGER_CRON_TIME_ZONE: 'Europe/Paris' })).toContain(
      'TRIGGER_CRON_SCHEDULE: expected five or six fields (seconds first), several schedules separated by ;, but it is not set',
    );
  });

  it.each([
    ['TRIGGER_CRON_SCHEDULE', '0 3 * *', '"0 3 * *": 4 fields'],
    ['TRIGGER_CRON_SCHEDULE', '0 0 31 2 *', '"0 0 31 2 *": no such date in the next eight years'],
    ['TRIGGER_CRON_SCHEDULE', '* * * * *; 99 * * * *', '"99 * * * *": Field value'],
    ['TRIGGER_CRON_TIME_ZONE', 'Mars/Olympus', 'an IANA name of a time zone'],
    ['TRIGGER_CRON_TIME_ZONE', '+02:00', 'an IANA name of a time zone'],
    ['TRIGGER_CRON_ARGS', '{report: daily}', 'expected valid JSON'],
    ['TRIGGER_CRON_CONCURRENCY_POLICY', 'forbid', 'one of Allow, Forbid'],
    ['TRIGGER_CRON_STARTING_DEADLINE_MS', '0', 'a whole number of milliseconds from 1'],
    ['TRIGGER_CRON_MAX_ATTEMPTS', '0', 'a whole number from 1'],
    ['TRIGGER_CRON_SHARED', 'yes', 'true or false'],
    ['TRIGGER_CRON_MAX_IN_FLIGHT', '0', 'a whole number from 1'],
    ['TRIGGER_CRON_FORMAT', 'xml', 'one of scaleway, cloudevents, raw'],
    ['TRIGGER_CRON_RESULT_SUBJECT', 'reports.>', 'a subject without wildcards'],
  ])('section 1: refuses %s=%s', (name, value, message) => {
    const text = problem({ TRIGGER_CRON_SCHEDULE: '* * * * *', [name]: value });
    expect(text).toContain(`${name}: expected `);
    expect(text).toContain(message);
  });
});

describe('cron triggers of the triggers file', () => {
  it('section 2: take the same settings in camelCase', () => {
    const file = `triggers:
      - { name: nightly, type: cron, schedule: "0 3 * * *", timeZone: Europe/Paris, args: { report: daily }, handler: report }`;
    expect(triggers({}, file)).toMatchObject([
      {
        name: 'nightly',
        schedule: '0 3 * * *',
        timeZone: 'Europe/Paris',
        args: { report: 'daily' },
        handler: 'report',
      },
    ]);
  });

  it('section 2: stand beside the one of the environment', () => {
    const file = 'triggers: [{ name: nightly, type: cron, schedule: "0 3 * * *" }]';
    expect(triggers({ TRIGGER_CRON_SCHEDULE: '* * * * *' }, file).map(({ name }) => name)).toEqual(['cron', 'nightly']);
  });

  it('section 2: are refused by name', () => {
    const file = 'triggers: [{ name: nightly, type: cron, schedule: "0 0 31 2 *" }, { name: none, type: cron }]';
    expect(problem({}, file)).toContain('TRIGGERS_FILE triggers[0] (nightly).schedule: expected');
    expect(problem({}, file)).toContain('TRIGGERS_FILE triggers[1] (none).schedule: expected');
  });
});

describe('with other settings', () => {
  const CRON = { TRIGGER_CRON_SCHEDULE: '* * * * *' };
  const NATS = { TRIGGER_NATS_URL: 'nats://127.0.0.1:4222' };

  it('section 1: ticks shared over replicas need NATS', () => {
    expect(problem({ ...CRON, TRIGGER_CRON_SHARED: 'true' })).toContain(
      'TRIGGER_CRON_SHARED: expected TRIGGER_NATS_URL beside it, but it is not set',
    );
    const file = 'triggers: [{ name: nightly, type: cron, schedule: "* * * * *", shared: true }]';
    expect(problem({}, file)).toContain('TRIGGERS_FILE (nightly).shared: expected TRIGGER_NATS_URL');
  });

  it('section 1: a result subject needs NATS', () => {
    expect(problem({ ...CRON, TRIGGER_CRON_RESULT_SUBJECT: 'done' })).toContain(
      'TRIGGER_CRON_RESULT_SUBJECT: expected TRIGGER_NATS_URL beside it',
    );
    expect(problem({ ...CRON, ...NATS, TRIGGER_CRON_RESULT_SUBJECT: 'done' })).toBe('none');
  });

  it('section 1: ticks are agreed on over replicas where there is NATS, unless they are not meant to be', () => {
    const shared = (environment: Record<string, string>) => {
      const [trigger] = load(environment).triggersOf(CronTriggerConfig);
      return trigger && isShared(trigger, 'TRIGGER_NATS_URL' in environment);
    };
    expect(shared({ ...CRON, ...NATS })).toBe(true);
    expect(shared({ ...CRON, ...NATS, TRIGGER_CRON_SHARED: 'false' })).toBe(false);
    expect(shared(CRON)).toBe(false);
  });
});
