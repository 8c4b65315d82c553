import { describe, expect, it } from 'vitest';
import {
  HOUR,
  SECOND,
  lasting,
  messages,
  pass,
  standStill,
  startTrigger,
  useFakeTime,
  warnings,
} from '../../../test/support/cron-trigger.js';

useFakeTime();

describe('a process that stood still', () => {
  it('section 1: skips no tick that is within its starting deadline', async () => {
    const { seconds } = startTrigger({}, lasting(20));
    await pass(SECOND);
    standStill(5 * SECOND);
    await pass(SECOND);
    expect(seconds()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(warnings).toEqual([]);
  });

  it('section 1: skips none either when a run was under way', async () => {
    const { seconds } = startTrigger({}, lasting(700));
    await pass(SECOND);
    standStill(3 * SECOND);
    await pass(10 * SECOND);
    expect(seconds().slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('section 1: counts what is beyond its starting deadline as missed, and logs it once', async () => {
    const { seconds, trigger } = startTrigger({ startingDeadlineMs: 10 * SECOND });
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
    const { events } = startTrigger({ startingDeadlineMs: SECOND });
    standStill(365 * 24 * HOUR);
    await pass(SECOND);
    expect(messages(warnings)).toEqual([
      'More than 1000 ticks were missed: the host stood still beyond the starting deadline',
    ]);
    expect(events.length).toBeGreaterThan(0);
  });

  it('section 1: finds a tick within its deadline though timers do not count the sleep of a machine', async () => {
    const { ids } = startTrigger({ schedule: '0 3 * * *' });
    await pass(2 * HOUR);
    standStill(HOUR);
    await pass(30 * SECOND);
    expect(ids()).toEqual(['shop/cron@2026-01-01T03:00:00.000Z']);
  });

  it('does not fire an instant again when the clock is set back a little', async () => {
    const { seconds } = startTrigger({ schedule: '*/2 * * * * *' });
    await pass(9 * SECOND);
    standStill(-5 * SECOND);
    await pass(9 * SECOND);
    expect(seconds()).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('goes on from the new time when a clock that was wrong is set back by far', async () => {
    const { events } = startTrigger({ schedule: '0 * * * *' });
    await pass(5 * HOUR);
    standStill(-365 * 24 * HOUR);
    await pass(2 * HOUR);
    expect(events.slice(-2).map(({ requestId }) => requestId)).toEqual([
      'shop/cron@2025-01-01T06:00:00.000Z',
      'shop/cron@2025-01-01T07:00:00.000Z',
    ]);
  });
});
