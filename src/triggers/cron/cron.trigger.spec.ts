import { SchedulerRegistry } from '@nestjs/schedule';
import { describe, expect, it, vi } from 'vitest';
import {
  HOUR,
  SECOND,
  errors,
  failed,
  lasting,
  messages,
  pass,
  standStill,
  startTrigger,
  succeeded,
  useFakeTime,
  warnings,
} from '../../../test/support/cron-trigger.js';
import { CronTriggerConfig } from './cron.config.js';
import { CronTrigger } from './cron.trigger.js';
import { LocalTicks } from './local-ticks.js';
import { Schedule } from './schedule.js';

useFakeTime();

describe('ticks', () => {
  it('section 1: six fields fire every second', async () => {
    const { seconds } = startTrigger({});
    await pass(3 * SECOND);
    expect(seconds()).toEqual([1, 2, 3]);
  });

  it('section 3: an event carries the planned instant, the id of the tick and its starting deadline', async () => {
    const { events } = startTrigger({ startingDeadlineMs: 5_000 });
    await pass(SECOND);
    expect(events[0]).toMatchObject({
      requestId: 'shop/cron@2026-01-01T00:00:01.000Z',
      attempt: 1,
      startBy: Date.parse('2026-01-01T00:00:06.000Z'),
    });
  });

  it('section 1: several schedules are one union, each a job in the registry, and an instant fires once', async () => {
    const { seconds, registry } = startTrigger({ schedule: '*/2 * * * * *; */3 * * * * *; */6 * * * * *' });
    await pass(6 * SECOND);
    expect(seconds()).toEqual([2, 3, 4, 6]);
    expect([...registry.getCronJobs().keys()]).toEqual(['cron', 'cron#2', 'cron#3']);
  });

  it('section 1: a schedule runs in its time zone', async () => {
    const { ids, trigger } = startTrigger({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    expect(trigger.nextRun).toEqual(new Date('2026-01-01T02:00:00.000Z'));
    expect(trigger.source).toBe('0 3 * * * Europe/Paris');
    await pass(3 * HOUR);
    expect(ids()).toEqual(['shop/cron@2026-01-01T02:00:00.000Z']);
  });

  it('section 1: a daily schedule fires once where the clock is set back', async () => {
    vi.setSystemTime(new Date('2026-10-25T00:30:00Z'));
    const { ids } = startTrigger({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    await pass(2 * HOUR);
    expect(ids()).toEqual(['shop/cron@2026-10-25T02:00:00.000Z']);
  });

  it('section 1: a daily schedule fires once where the clock jumps over its time', async () => {
    vi.setSystemTime(new Date('2026-03-29T00:30:00Z'));
    const { ids } = startTrigger({ schedule: '30 2 * * *', timeZone: 'Europe/Paris' });
    await pass(2 * HOUR);
    expect(ids()).toEqual(['shop/cron@2026-03-29T01:00:00.000Z']);
  });

  it('section 1: the jobs of the registry tell the same next dates as the trigger', () => {
    vi.setSystemTime(new Date('2026-10-25T00:45:00Z'));
    const { trigger, registry } = startTrigger({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    expect(registry.getCronJob('cron').nextDate().toJSDate()).toEqual(trigger.nextRun);
    expect(trigger.nextRun).toEqual(new Date('2026-10-25T02:00:00.000Z'));
  });

  it('opens a lane that waits for the sub-runtime, with its handler and its limit', () => {
    const { lanes } = startTrigger({ name: 'nightly', handler: 'report', maxInFlight: 3 });
    expect(lanes).toEqual([
      {
        triggerName: 'nightly',
        triggerType: 'cron',
        handlerName: 'report',
        maxInFlight: 3,
        whenUnavailable: 'wait',
        whenOverloaded: 'wait',
      },
    ]);
  });
});

describe('a tick whose predecessor is not over', () => {
  it('section 1: Forbid skips it, counts it and logs it', async () => {
    const { seconds, trigger } = startTrigger({ concurrencyPolicy: 'Forbid' }, lasting(2_500));
    await pass(6 * SECOND);
    expect(seconds()).toEqual([1, 4]);
    expect(trigger.skipped).toBe(4);
    expect(warnings[0]).toEqual({
      message: 'A tick was skipped: the run before it is not over',
      requestId: 'shop/cron@2026-01-01T00:00:02.000Z',
      trigger: 'cron',
      skipped: 1,
    });
  });

  it('section 1: Allow runs it beside', async () => {
    const { seconds } = startTrigger({ concurrencyPolicy: 'Allow' }, lasting(2_500));
    await pass(6 * SECOND);
    expect(seconds()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(warnings).toEqual([]);
  });

  it('section 1: a run that waits for its next attempt is not over', async () => {
    const { seconds } = startTrigger({ maxAttempts: 2 }, ({ attempt }) => (attempt === 1 ? failed : succeeded));
    await pass(3_200);
    // The second attempt of the first tick comes a second after it.
    expect(seconds()).toEqual([1, 1, 3]);
  });
});

describe('the end', () => {
  it('nothing fires once the jobs of the registry have been stopped', async () => {
    const { trigger, registry, events } = startTrigger({ schedule: '* * * * * *; */2 * * * * *' });
    await pass(SECOND);
    expect(trigger.state).toEqual({ active: true });
    for (const job of registry.getCronJobs().values()) void job.stop();
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(trigger.state).toEqual({ active: false, reason: 'the host is shutting down' });
    expect(trigger.nextRun).toBeUndefined();
  });

  it('what waits for the tick before it does not begin once the jobs have been stopped', async () => {
    const { registry, seconds } = startTrigger({}, lasting(700));
    standStill(3 * SECOND);
    await pass(600);
    for (const job of registry.getCronJobs().values()) void job.stop();
    await pass(HOUR);
    expect(seconds()).toEqual([1]);
    expect(new Set(messages(warnings))).toEqual(new Set(['A tick was given up: the host is shutting down']));
  });

  it('no further attempt is made, and the back-off ends', async () => {
    const { trigger, events } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 3 }, () => failed);
    await pass(SECOND);
    trigger.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(messages(warnings)).toEqual(['A tick was given up: the host is shutting down']);
  });

  it('what waits for the sub-runtime is withdrawn, and not called missed', async () => {
    const { trigger } = startTrigger({ schedule: '1 0 0 * * *' }, () => new Promise(() => undefined));
    await pass(SECOND);
    trigger.stop();
    await pass(0);
    expect(messages(warnings)).toEqual(['A tick was given up: the host is shutting down']);
    expect(trigger.missed).toBe(0);
  });

  it('a tick that finds the host draining is given up', async () => {
    const { trigger } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 3 }, () => ({
      kind: 'unavailable',
      reason: 'draining',
      retryAfterSeconds: 1,
    }));
    await expect(trigger.take(Date.now())).resolves.toEqual({ kind: 'stopped' });
  });

  it('is not active before it is started', () => {
    const config = Object.assign(new CronTriggerConfig(), { schedule: '* * * * *' });
    const ticks = new LocalTicks('cron', new Schedule('* * * * *', 'UTC'), 60_000, new SchedulerRegistry());
    const invocations = { openLane: vi.fn(), invoke: vi.fn(), withdraw: vi.fn() };
    const trigger = new CronTrigger(config, ticks, { applicationName: '', invocations, results: { publish: vi.fn() } });
    expect(trigger.state).toEqual({ active: false, reason: 'the host is starting' });
  });
});

it('a tick that fails inside the host is logged, and the next one fires', async () => {
  const { seconds } = startTrigger({}, () => Promise.reject(new Error('a bug')));
  await pass(2 * SECOND);
  expect(seconds()).toEqual([1, 2]);
  expect(messages(errors)).toEqual(Array(2).fill('A tick failed inside the host; please report this'));
});
