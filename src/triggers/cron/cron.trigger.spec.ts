import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { InvocationLane } from '../../invocation/invocation.service.js';
import type { LaneOptions, TriggerEvent } from '../../invocation/trigger-event.js';
import { CronTriggerConfig } from './cron.config.js';
import { CronTrigger } from './cron.trigger.js';
import { LocalTicks } from './local-ticks.js';
import { Schedule } from './schedule.js';

const START = '2026-01-01T00:00:00.500Z';
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

type Answer = (event: TriggerEvent) => InvocationOutcome | Promise<InvocationOutcome>;

const response = (statusCode: number, headers: string[] = []): HandlerResponse => ({ statusCode, headers, body: 'x' });
const succeeded: InvocationOutcome = { kind: 'succeeded', response: response(200) };
const failed: InvocationOutcome = { kind: 'failed', failure: 'status', response: response(503) };
const lasting =
  (ms: number, outcome: InvocationOutcome = succeeded): Answer =>
  () =>
    new Promise((resolve) => setTimeout(() => resolve(outcome), ms));

const warnings: Record<string, unknown>[] = [];
const errors: Record<string, unknown>[] = [];
const messages = (lines: Record<string, unknown>[]) => lines.map(({ message }) => message);

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(START) });
  vi.spyOn(console, 'warn');
  vi.spyOn(console, 'error');
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  Logger.overrideLogger({
    log: () => undefined,
    warn: (line: Record<string, unknown>) => warnings.push(line),
    error: (line: Record<string, unknown>) => errors.push(line),
  });
});

afterEach(() => {
  expect(console.warn).not.toHaveBeenCalled();
  expect(console.error).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  vi.useRealTimers();
  Logger.overrideLogger(false);
  warnings.length = 0;
  errors.length = 0;
});

function start(settings: Partial<CronTriggerConfig>, answer: Answer = () => succeeded, applicationName = 'shop') {
  const config = Object.assign(new CronTriggerConfig(), { schedule: '* * * * * *' }, settings);
  const registry = new SchedulerRegistry();
  const events: TriggerEvent[] = [];
  const lanes: LaneOptions[] = [];
  const withdrawals = new Map<TriggerEvent, () => void>();
  const publish = vi.fn();
  const invocations = {
    openLane: (options: LaneOptions) => {
      lanes.push(options);
      return { options } as InvocationLane;
    },
    invoke: (_lane: InvocationLane, event: TriggerEvent): Promise<InvocationOutcome> => {
      events.push(event);
      const withdrawn = new Promise<InvocationOutcome>((resolve) =>
        withdrawals.set(event, () => resolve({ kind: 'expired' })),
      );
      return Promise.race([withdrawn, answer(event)]);
    },
    withdraw: (_lane: InvocationLane, event: TriggerEvent) => withdrawals.get(event)?.(),
  };
  const schedule = new Schedule(config.schedule, config.timeZone);
  const ticks = new LocalTicks(config.name, schedule, config.startingDeadlineMs, registry);
  const trigger = new CronTrigger(config, ticks, { applicationName, invocations, results: { publish } });
  trigger.open();
  trigger.start();
  /** Seconds of the planned instants, in the order in which they began. */
  const seconds = () => events.map(({ requestId }) => new Date(requestId.split('@')[1] ?? '').getUTCSeconds());
  return { trigger, registry, events, lanes, publish, seconds };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** The clock goes on and no timer fires: the process, or the machine, stands still. */
const standStill = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe('ticks', () => {
  it('section 1: six fields fire every second', async () => {
    const { seconds } = start({});
    await pass(3 * SECOND);
    expect(seconds()).toEqual([1, 2, 3]);
  });

  it('section 3: an event carries the planned instant, the id of the tick and its starting deadline', async () => {
    const { events } = start({ startingDeadlineMs: 5_000 });
    await pass(SECOND);
    expect(events[0]).toMatchObject({
      requestId: 'shop/cron@2026-01-01T00:00:01.000Z',
      attempt: 1,
      startBy: Date.parse('2026-01-01T00:00:06.000Z'),
    });
  });

  it('section 1: several schedules are one union, each a job in the registry, and an instant fires once', async () => {
    const { seconds, registry } = start({ schedule: '*/2 * * * * *; */3 * * * * *; */6 * * * * *' });
    await pass(6 * SECOND);
    expect(seconds()).toEqual([2, 3, 4, 6]);
    expect([...registry.getCronJobs().keys()]).toEqual(['cron', 'cron#2', 'cron#3']);
  });

  it('section 1: a schedule runs in its time zone', async () => {
    const { events, trigger } = start({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    expect(trigger.nextRun).toEqual(new Date('2026-01-01T02:00:00.000Z'));
    expect(trigger.source).toBe('0 3 * * * Europe/Paris');
    await pass(3 * HOUR);
    expect(events.map(({ requestId }) => requestId)).toEqual(['shop/cron@2026-01-01T02:00:00.000Z']);
  });

  it('section 1: a daily schedule fires once where the clock is set back', async () => {
    vi.setSystemTime(new Date('2026-10-25T00:30:00Z'));
    const { events } = start({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    await pass(2 * HOUR);
    expect(events.map(({ requestId }) => requestId)).toEqual(['shop/cron@2026-10-25T02:00:00.000Z']);
  });

  it('section 1: a daily schedule fires once where the clock jumps over its time', async () => {
    vi.setSystemTime(new Date('2026-03-29T00:30:00Z'));
    const { events } = start({ schedule: '30 2 * * *', timeZone: 'Europe/Paris' });
    await pass(2 * HOUR);
    expect(events.map(({ requestId }) => requestId)).toEqual(['shop/cron@2026-03-29T01:00:00.000Z']);
  });

  it('section 1: the jobs of the registry tell the same next dates as the trigger', () => {
    vi.setSystemTime(new Date('2026-10-25T00:45:00Z'));
    const { trigger, registry } = start({ schedule: '0 3 * * *', timeZone: 'Europe/Paris' });
    expect(registry.getCronJob('cron').nextDate().toJSDate()).toEqual(trigger.nextRun);
    expect(trigger.nextRun).toEqual(new Date('2026-10-25T02:00:00.000Z'));
  });

  it('opens a lane that waits for the sub-runtime, with its handler and its limit', () => {
    const { lanes } = start({ name: 'nightly', handler: 'report', maxInFlight: 3 });
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

describe('a process that stood still', () => {
  it('section 1: skips no tick that is within its starting deadline', async () => {
    const { seconds } = start({}, lasting(20));
    await pass(SECOND);
    standStill(5 * SECOND);
    await pass(SECOND);
    expect(seconds()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(warnings).toEqual([]);
  });

  it('section 1: skips none either when a run was under way', async () => {
    const { seconds } = start({}, lasting(700));
    await pass(SECOND);
    standStill(3 * SECOND);
    await pass(10 * SECOND);
    expect(seconds().slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('section 1: counts what is beyond its starting deadline as missed, and logs it once', async () => {
    const { seconds, trigger } = start({ startingDeadlineMs: 10 * SECOND });
    await pass(SECOND);
    standStill(30 * SECOND);
    await pass(SECOND);
    expect(seconds()).toEqual([1, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]);
    expect(trigger.missed).toBe(20);
    expect(warnings).toEqual([
      {
        message: '20 ticks were missed: the host stood still beyond the starting deadline',
        requestId: 'shop/cron@2026-01-01T00:00:02.000Z',
        trigger: 'cron',
        missed: 20,
      },
    ]);
  });

  it('does not count for ever after a long sleep', async () => {
    const { events } = start({ startingDeadlineMs: SECOND });
    standStill(365 * 24 * HOUR);
    await pass(SECOND);
    expect(messages(warnings)).toEqual([
      'More than 1000 ticks were missed: the host stood still beyond the starting deadline',
    ]);
    expect(events.length).toBeGreaterThan(0);
  });

  it('section 1: finds a tick within its deadline though timers do not count the sleep of a machine', async () => {
    const { events } = start({ schedule: '0 3 * * *' });
    await pass(2 * HOUR);
    standStill(HOUR);
    await pass(30 * SECOND);
    expect(events.map(({ requestId }) => requestId)).toEqual(['shop/cron@2026-01-01T03:00:00.000Z']);
  });

  it('does not fire an instant again when the clock is set back a little', async () => {
    const { seconds } = start({ schedule: '*/2 * * * * *' });
    await pass(9 * SECOND);
    standStill(-5 * SECOND);
    await pass(9 * SECOND);
    expect(seconds()).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('goes on from the new time when a clock that was wrong is set back by far', async () => {
    const { events } = start({ schedule: '0 * * * *' });
    await pass(5 * HOUR);
    standStill(-365 * 24 * HOUR);
    await pass(2 * HOUR);
    expect(events.slice(-2).map(({ requestId }) => requestId)).toEqual([
      'shop/cron@2025-01-01T06:00:00.000Z',
      'shop/cron@2025-01-01T07:00:00.000Z',
    ]);
  });
});

describe('a tick whose predecessor is not over', () => {
  it('section 1: Forbid skips it, counts it and logs it', async () => {
    const { seconds, trigger } = start({ concurrencyPolicy: 'Forbid' }, lasting(2_500));
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
    const { seconds } = start({ concurrencyPolicy: 'Allow' }, lasting(2_500));
    await pass(6 * SECOND);
    expect(seconds()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(warnings).toEqual([]);
  });

  it('section 1: a run that waits for its next attempt is not over', async () => {
    const { seconds } = start({ maxAttempts: 2 }, ({ attempt }) => (attempt === 1 ? failed : succeeded));
    await pass(3_200);
    // The second attempt of the first tick comes a second after it.
    expect(seconds()).toEqual([1, 1, 3]);
  });
});

describe('attempts', () => {
  it('section 1: a failed tick runs again after 1 s, 5 s and 30 s, at most as often as configured', async () => {
    const { events } = start({ schedule: '1 0 0 * * *', maxAttempts: 5 }, () => failed);
    const attempts = () => events.map(({ attempt }) => attempt);
    await pass(500);
    expect(attempts()).toEqual([1]);
    await pass(999);
    expect(attempts()).toEqual([1]);
    await pass(1);
    expect(attempts()).toEqual([1, 2]);
    await pass(5 * SECOND);
    expect(attempts()).toEqual([1, 2, 3]);
    await pass(60 * SECOND);
    expect(attempts()).toEqual([1, 2, 3, 4, 5]);
    await pass(HOUR);
    expect(events).toHaveLength(5);
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(1);
    expect(errors).toEqual([
      {
        message: 'A tick failed after 5 attempts: the function answered with status 503',
        requestId: 'shop/cron@2026-01-01T00:00:01.000Z',
        trigger: 'cron',
      },
    ]);
  });

  it('section 1: is one by default', async () => {
    const { events } = start({ schedule: '1 0 0 * * *' }, () => failed);
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(messages(errors)).toEqual(['A tick failed: the function answered with status 503']);
  });

  it('section 3: the event of each attempt carries its number', async () => {
    const { events } = start({ schedule: '1 0 0 * * *', maxAttempts: 2 }, () => failed);
    await pass(HOUR);
    expect(events.map(({ payload }) => (payload as { cron: { attempt: number } }).cron.attempt)).toEqual([1, 2]);
  });

  it('section 1: only the first has a starting deadline', async () => {
    const { events } = start({ schedule: '1 0 0 * * *', maxAttempts: 4, startingDeadlineMs: SECOND }, () => failed);
    await pass(HOUR);
    expect(events.map(({ startBy }) => startBy)).toEqual([
      Date.parse('2026-01-01T00:00:02.000Z'),
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("follows the function's Retry-After instead of the back-off", async () => {
    const busy: InvocationOutcome = {
      kind: 'failed',
      failure: 'status',
      response: response(429, ['Retry-After', '120']),
    };
    const { events } = start({ schedule: '1 0 0 * * *', maxAttempts: 2 }, () => busy);
    await pass(120 * SECOND);
    expect(events).toHaveLength(1);
    await pass(SECOND);
    expect(events).toHaveLength(2);
  });

  it('does not repeat what the function rejected', async () => {
    const rejected: InvocationOutcome = { kind: 'rejected', response: response(400) };
    const { events } = start({ schedule: '1 0 0 * * *', maxAttempts: 5 }, () => rejected);
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(messages(errors)).toEqual(['A tick failed: the function answered with status 400']);
  });

  it('does not count what could not begin', async () => {
    const outcomes: InvocationOutcome[] = [
      { kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 2 },
      { kind: 'overloaded', retryAfterSeconds: 1 },
      succeeded,
    ];
    const { events } = start({ schedule: '1 0 0 * * *' }, () => outcomes.shift() ?? succeeded);
    await pass(10 * SECOND);
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(errors).toEqual([]);
  });
});

describe('a tick that cannot begin', () => {
  it('section 1: is missed when its starting deadline passes, counted and logged', async () => {
    const { trigger } = start({ schedule: '1 0 0 * * *' }, lasting(60 * SECOND, { kind: 'expired' }));
    await pass(62 * SECOND);
    expect(trigger.missed).toBe(1);
    expect(warnings).toEqual([
      {
        message: 'A tick was missed: it could not begin before its starting deadline',
        requestId: 'shop/cron@2026-01-01T00:00:01.000Z',
        trigger: 'cron',
        missed: 1,
      },
    ]);
  });

  it('section 1: is not tried beyond its starting deadline', async () => {
    const unavailable: InvocationOutcome = { kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 4 };
    const { events, trigger } = start({ schedule: '1 0 0 * * *', startingDeadlineMs: 10 * SECOND }, () => unavailable);
    await pass(HOUR);
    expect(events).toHaveLength(3);
    expect(trigger.missed).toBe(1);
  });
});

describe('results', () => {
  it('section 1: the outcome of a tick is published to the result subject, once', async () => {
    const { publish } = start(
      { schedule: '1 0 0 * * *', maxAttempts: 2, resultSubject: 'reports.done' },
      ({ attempt }) => (attempt === 1 ? failed : succeeded),
    );
    await pass(HOUR);
    expect(publish.mock.calls).toEqual([['reports.done', 'shop/cron@2026-01-01T00:00:01.000Z', succeeded]]);
  });

  it("discards the handler's output", async () => {
    const { publish, trigger } = start({ schedule: '1 0 0 * * *' });
    await pass(SECOND);
    expect(publish).not.toHaveBeenCalled();
    await expect(trigger.take(Date.now())).resolves.toEqual({ kind: 'succeeded' });
    expect([...warnings, ...errors]).toEqual([]);
  });
});

describe('the end', () => {
  it('nothing fires once the jobs of the registry have been stopped', async () => {
    const { trigger, registry, events } = start({ schedule: '* * * * * *; */2 * * * * *' });
    await pass(SECOND);
    expect(trigger.state).toEqual({ active: true });
    for (const job of registry.getCronJobs().values()) void job.stop();
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(trigger.state).toEqual({ active: false, reason: 'the host is shutting down' });
    expect(trigger.nextRun).toBeUndefined();
  });

  it('what waits for the tick before it does not begin once the jobs have been stopped', async () => {
    const { registry, seconds } = start({}, lasting(700));
    standStill(3 * SECOND);
    await pass(600);
    for (const job of registry.getCronJobs().values()) void job.stop();
    await pass(HOUR);
    expect(seconds()).toEqual([1]);
    expect(new Set(messages(warnings))).toEqual(new Set(['A tick was given up: the host is shutting down']));
  });

  it('no further attempt is made, and the back-off ends', async () => {
    const { trigger, events } = start({ schedule: '1 0 0 * * *', maxAttempts: 3 }, () => failed);
    await pass(SECOND);
    trigger.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(messages(warnings)).toEqual(['A tick was given up: the host is shutting down']);
  });

  it('what waits for the sub-runtime is withdrawn, and not called missed', async () => {
    const { trigger } = start({ schedule: '1 0 0 * * *' }, () => new Promise(() => undefined));
    await pass(SECOND);
    trigger.stop();
    await pass(0);
    expect(messages(warnings)).toEqual(['A tick was given up: the host is shutting down']);
    expect(trigger.missed).toBe(0);
  });

  it('a tick that finds the host draining is given up', async () => {
    const { trigger } = start({ schedule: '1 0 0 * * *', maxAttempts: 3 }, () => ({
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
  const { seconds } = start({}, () => Promise.reject(new Error('a bug')));
  await pass(2 * SECOND);
  expect(seconds()).toEqual([1, 2]);
  expect(messages(errors)).toEqual(Array(2).fill('A tick failed inside the host; please report this'));
});
