import { CronTime } from 'cron';
import { describe, expect, it } from 'vitest';
import { CronExpression, NICKNAMES } from './cron-expression.js';
import { ZoneClock } from './zone-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The instants planned in a span, its end included. */
function planned(expression: string, timeZone: string, from: string, until: string): string[] {
  const parsed = new CronExpression(expression, new ZoneClock(timeZone));
  const instants: string[] = [];
  let instant = parsed.next(Date.parse(from));
  while (instant <= Date.parse(until)) {
    instants.push(new Date(instant).toISOString().slice(0, 16));
    instant = parsed.next(instant);
  }
  return instants;
}

describe('a schedule that names hours', () => {
  it('section 1: runs once on the day when its hour is missing, at the jump (Europe/Paris)', () => {
    expect(planned('30 2 * * *', 'Europe/Paris', '2026-03-27T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('section 1: runs once on the day when its hour is repeated, the first time (Europe/Paris)', () => {
    expect(planned('30 2 * * *', 'Europe/Paris', '2026-10-23T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-24T00:30',
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('section 1: runs once on the day of a change when its hour is right behind it', () => {
    expect(planned('0 3 * * *', 'Europe/Paris', '2026-10-23T12:00Z', '2026-10-26T12:00Z')).toEqual([
      '2026-10-24T01:00',
      '2026-10-25T02:00',
      '2026-10-26T02:00',
    ]);
    expect(planned('0 3 * * *', 'Europe/Paris', '2026-03-27T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T02:00',
      '2026-03-29T01:00',
      '2026-03-30T01:00',
    ]);
  });

  it('section 1: runs once on either day of change (America/New_York)', () => {
    expect(planned('30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', '2026-03-09T12:00Z')).toEqual([
      '2026-03-08T07:00',
      '2026-03-09T06:30',
    ]);
    expect(planned('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', '2026-11-02T12:00Z')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });

  it('section 1: runs once where the clock is moved by half an hour (Australia/Lord_Howe)', () => {
    expect(planned('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-05T00:00Z')).toEqual([
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ]);
    expect(planned('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', '2026-04-06T00:00Z')).toEqual([
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ]);
  });

  it('section 1: runs once where midnight itself is missing (Asia/Beirut) or repeated (America/Havana)', () => {
    expect(planned('0 0 * * *', 'Asia/Beirut', '2026-03-28T12:00Z', '2026-03-30T12:00Z')).toEqual([
      '2026-03-28T22:00',
      '2026-03-29T21:00',
    ]);
    expect(planned('0 0 * * *', 'America/Havana', '2026-10-31T12:00Z', '2026-11-02T12:00Z')).toEqual([
      '2026-11-01T04:00',
      '2026-11-02T05:00',
    ]);
  });

  it('makes up for all that it misses in one run, and does not repeat what it has run', () => {
    expect(planned('*/30 2 * * *', 'Europe/Paris', '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      '2026-03-29T01:00',
    ]);
    expect(planned('*/30 2 * * *', 'Europe/Paris', '2026-10-24T12:00Z', '2026-10-25T12:00Z')).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
    ]);
  });

  it('is one that leaves out a single hour, too', () => {
    expect(planned('30 0-22 * * *', 'Europe/Paris', '2026-10-24T23:45Z', '2026-10-25T02:45Z')).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T02:30',
    ]);
  });
});

describe('a schedule that runs in every hour', () => {
  it.each([
    ['0 * * * *', HOUR],
    ['30 * * * *', HOUR],
    ['* * * * *', MINUTE],
    ['*/20 * * * *', 20 * MINUTE],
    ['7 0-23 * * *', HOUR],
    ['*/10 * * * * *', 10_000],
    ['@hourly', HOUR],
  ])('section 1: %s goes on evenly over missing and repeated hours', (expression, interval) => {
    const days = [
      ['Europe/Paris', '2026-03-28T23:50Z'],
      ['Europe/Paris', '2026-10-24T23:50Z'],
      ['America/New_York', '2026-03-08T05:50Z'],
      ['America/New_York', '2026-11-01T04:50Z'],
      ['Australia/Sydney', '2026-04-04T14:50Z'],
      ['Australia/Sydney', '2026-10-03T14:50Z'],
    ] as const;
    for (const [timeZone, start] of days) {
      const parsed = new CronExpression(expression, new ZoneClock(timeZone));
      let instant = parsed.next(Date.parse(start));
      while (instant < Date.parse(start) + 3 * HOUR) {
        const next = parsed.next(instant);
        expect(next - instant, `${timeZone} after ${new Date(instant).toISOString()}`).toBe(interval);
        instant = next;
      }
    }
  });

  it('section 1: keeps to the minutes of the clock where it is moved by half an hour', () => {
    expect(planned('*/15 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:15Z', '2026-04-04T15:45Z')).toEqual([
      '2026-04-04T14:30',
      '2026-04-04T14:45',
      '2026-04-04T15:00',
      '2026-04-04T15:15',
      '2026-04-04T15:30',
      '2026-04-04T15:45',
    ]);
    // 1:45 is shown twice; 2:00 comes an hour and a half after 1:00.
    expect(planned('45 * * * *', 'Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T16:30Z')).toEqual([
      '2026-04-04T14:45',
      '2026-04-04T15:15',
      '2026-04-04T16:15',
    ]);
  });

  it('finds a repeated hour at the end of the last day that it names', () => {
    // In Beirut the 24th of October 2026 is followed by its own last hour.
    expect(planned('30 * 24 10 *', 'Asia/Beirut', '2026-10-24T19:45Z', '2026-10-25T12:00Z')).toEqual([
      '2026-10-24T20:30',
      '2026-10-24T21:30',
    ]);
  });
});

/** Every minute whose wall time a plain schedule names, looked at one by one. */
function evenly(minuteOfHour: number, timeZone: string, from: number, until: number): number[] {
  const clock = new ZoneClock(timeZone);
  const found: number[] = [];
  for (let instant = from + MINUTE; instant <= until; instant += MINUTE) {
    if (new Date(instant + clock.offsetAt(instant)).getUTCMinutes() === minuteOfHour) found.push(instant);
  }
  return found;
}

describe('in many zones', () => {
  const ZONES = [
    'UTC',
    'Europe/Paris',
    'America/New_York',
    'America/St_Johns',
    'America/Havana',
    'America/Santiago',
    'Africa/Casablanca',
    'Asia/Beirut',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'Pacific/Chatham',
  ];

  it.each(ZONES)('section 1: a daily schedule runs once on each day of a year (%s)', (timeZone) => {
    const clock = new ZoneClock(timeZone);
    const daily = new CronExpression('30 2 * * *', clock);
    const days = new Set<string>();
    let instant = daily.next(Date.parse('2026-01-01T12:00Z'));
    let runs = 0;
    for (; instant < Date.parse('2027-01-01T12:00Z'); instant = daily.next(instant)) {
      runs++;
      days.add(new Date(instant + clock.offsetAt(instant)).toISOString().slice(0, 10));
    }
    expect([runs, days.size]).toEqual([365, 365]);
  });

  it.each(ZONES)('section 1: an hourly schedule runs whenever the clock shows its minute (%s)', (timeZone) => {
    const clock = new ZoneClock(timeZone);
    const hourly = new CronExpression('15 * * * *', clock);
    for (let day = Date.parse('2026-01-01T12:00Z'); day < Date.parse('2027-01-01T12:00Z'); day += DAY) {
      if (clock.changeBetween(day, day + DAY) === undefined) continue;
      const found: number[] = [];
      for (let next = hourly.next(day); next <= day + DAY; next = hourly.next(next)) found.push(next);
      expect(found).toEqual(evenly(15, timeZone, day, day + DAY));
    }
  });
});

describe('fields', () => {
  it('section 1: takes five fields, or six with the seconds first', () => {
    expect(planned('*/30 * * * *', 'UTC', '2026-01-01T00:00Z', '2026-01-01T01:00Z')).toEqual([
      '2026-01-01T00:30',
      '2026-01-01T01:00',
    ]);
    const everySecond = new CronExpression('* * * * * *', new ZoneClock('UTC'));
    expect(everySecond.next(Date.parse('2026-01-01T00:00:00.000Z'))).toBe(Date.parse('2026-01-01T00:00:01.000Z'));
    expect(everySecond.next(Date.parse('2026-01-01T00:00:00.001Z'))).toBe(Date.parse('2026-01-01T00:00:01.000Z'));
    expect(everySecond.next(Date.parse('2025-12-31T23:59:59.999Z'))).toBe(Date.parse('2026-01-01T00:00:00.000Z'));
  });

  it('knows the nicknames of the cron package, with its meanings', () => {
    const after = new Date('2026-01-01T00:00:30.000Z');
    for (const nickname of NICKNAMES.keys()) {
      const expected = new CronTime(nickname, 'UTC').getNextDateFrom(after, 'UTC').toMillis();
      expect(new CronExpression(nickname, new ZoneClock('UTC')).next(after.getTime()), nickname).toBe(expected);
    }
  });

  it('finds dates that are years away', () => {
    expect(planned('0 12 29 2 *', 'Europe/Paris', '2026-01-01T00:00Z', '2028-12-31T00:00Z')).toEqual([
      '2028-02-29T11:00',
    ]);
    expect(planned('0 * 29 2 *', 'Europe/Paris', '2026-01-01T00:00Z', '2028-02-29T00:30Z')).toEqual([
      '2028-02-28T23:00',
      '2028-02-29T00:00',
    ]);
  });
});
