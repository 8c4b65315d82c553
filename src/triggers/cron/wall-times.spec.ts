import { CronTime } from 'cron';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WallTimes } from './wall-times.js';

const list = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((values) => values.join(',')),
    fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  );

describe('WallTimes', () => {
  it('names the same times as the cron package in UTC, where no clock changes', () => {
    const fields = fc.tuple(list(0, 59), list(0, 59), list(0, 23), list(1, 28), list(1, 12), list(0, 7));
    const start = fc.integer({ min: Date.parse('2026-01-01T00:00Z'), max: Date.parse('2028-12-31T00:00Z') });
    fc.assert(
      fc.property(fields, start, (expression, after) => {
        const text = expression.join(' ');
        const expected = new CronTime(text, 'UTC').getNextDateFrom(new Date(after), 'UTC').toMillis();
        expect(new WallTimes(text).next(after)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('knows that 0-22 is not every hour', () => {
    expect(new WallTimes('0 0 0-22 * * *').everyHour).toBe(false);
    expect(new WallTimes('0 0 0-23 * * *').everyHour).toBe(true);
    expect(new WallTimes('0 0 */1 * * *').everyHour).toBe(true);
  });

  it('throws where there is no such date', () => {
    expect(() => new WallTimes('0 0 0 31 2 *').next(Date.now())).toThrow('no such date');
  });
});
