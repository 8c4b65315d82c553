import { describe, expect, it } from 'vitest';
import {
  HOUR,
  SECOND,
  errors,
  failed,
  lasting,
  messages,
  pass,
  response,
  startTrigger,
  succeeded,
  useFakeTime,
  warnings,
} from '../../../test/support/cron-trigger.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';

useFakeTime();

describe('attempts', () => {
  it('section 1: a failed tick runs again after 1 s, 5 s and 30 s, at most as often as configured', async () => {
    const { events, ids } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 5 }, () => failed);
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
    expect(new Set(ids()).size).toBe(1);
    expect(errors).toEqual([
      {
        message: 'A tick failed after 5 attempts: the function answered with status 503',
        requestId: 'shop/cron@2026-01-01T00:00:01.000Z',
        trigger: 'cron',
      },
    ]);
  });

  it('section 1: is one by default', async () => {
    const { events } = startTrigger({ schedule: '1 0 0 * * *' }, () => failed);
    await pass(HOUR);
    expect(events).toHaveLength(1);
    expect(messages(errors)).toEqual(['A tick failed: the function answered with status 503']);
  });

  it('section 3: the event of each attempt carries its number', async () => {
    const { events } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 2 }, () => failed);
    await pass(HOUR);
    expect(events.map(({ payload }) => (payload as { cron: { attempt: number } }).cron.attempt)).toEqual([1, 2]);
  });

  it('section 1: only the first has a starting deadline', async () => {
    const { events } = startTrigger(
      { schedule: '1 0 0 * * *', maxAttempts: 4, startingDeadlineMs: SECOND },
      () => failed,
    );
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
    const { events } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 2 }, () => busy);
    await pass(120 * SECOND);
    expect(events).toHaveLength(1);
    await pass(SECOND);
    expect(events).toHaveLength(2);
  });

  it('does not repeat what the function rejected', async () => {
    const rejected: InvocationOutcome = { kind: 'rejected', response: response(400) };
    const { events } = startTrigger({ schedule: '1 0 0 * * *', maxAttempts: 5 }, () => rejected);
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
    const { events } = startTrigger({ schedule: '1 0 0 * * *' }, () => outcomes.shift() ?? succeeded);
    await pass(10 * SECOND);
    expect(events.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(errors).toEqual([]);
  });
});

describe('a tick that cannot begin', () => {
  it('section 1: is missed when its starting deadline passes, counted and logged', async () => {
    const { trigger } = startTrigger({ schedule: '1 0 0 * * *' }, lasting(60 * SECOND, { kind: 'expired' }));
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
    const { events, trigger } = startTrigger(
      { schedule: '1 0 0 * * *', startingDeadlineMs: 10 * SECOND },
      () => unavailable,
    );
    await pass(HOUR);
    expect(events).toHaveLength(3);
    expect(trigger.missed).toBe(1);
  });
});

describe('results', () => {
  it('section 1: the outcome of a tick is published to the result subject, once', async () => {
    const { events, publish } = startTrigger(
      { schedule: '1 0 0 * * *', maxAttempts: 2, resultSubject: 'reports.done' },
      ({ attempt }) => (attempt === 1 ? failed : succeeded),
    );
    await pass(HOUR);
    expect(publish.mock.calls).toEqual([['reports.done', events[1], succeeded]]);
    expect(events[1]?.requestId).toBe('shop/cron@2026-01-01T00:00:01.000Z');
  });

  it('all attempts of a tick are in one trace, and each tick in one of its own', async () => {
    const { events } = startTrigger({ schedule: '1 0 0,1 * * *', maxAttempts: 2 }, () => failed);
    await pass(2 * HOUR);
    expect(events).toHaveLength(4);
    expect(events.every(({ beginsTrace }) => beginsTrace)).toBe(true);
    expect(new Set(events.map(({ traceparent }) => traceparent)).size).toBe(2);
  });

  it("discards the handler's output", async () => {
    const { publish, trigger } = startTrigger({ schedule: '1 0 0 * * *' });
    await pass(SECOND);
    expect(publish).not.toHaveBeenCalled();
    await expect(trigger.take(Date.now())).resolves.toEqual({ kind: 'succeeded' });
    expect([...warnings, ...errors]).toEqual([]);
  });
});
