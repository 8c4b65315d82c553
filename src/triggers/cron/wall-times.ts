import { CronTime } from 'cron';

const SECOND = 1_000;
const DAY = 86_400_000;
/** The 29th of February comes back after eight years at the latest, over a turn of century. */
const HORIZON = 8 * 366 * DAY;

/**
 * The wall times that six fields name, without regard to any zone: epoch milliseconds of the same digits in UTC.
 *
 * The cron package reads the fields; which times they name is looked up here, since the package takes milliseconds for
 * each (`docs/decisions/0004-cron.md`). The meaning is the package's: where both the day of the month and the day of
 * the week are restricted, either suffices.
 */
export class WallTimes {
  private readonly seconds: readonly number[];
  private readonly minutes: readonly number[];
  private readonly hours: readonly number[];
  private readonly days: ReadonlySet<number>;
  private readonly months: ReadonlySet<number>;
  private readonly weekdays: ReadonlySet<number>;

  /** Throws an `Error` that says what is wrong with a field. */
  constructor(fields: string) {
    const time = new CronTime(fields, 'UTC');
    this.seconds = valuesOf(time['second']);
    this.minutes = valuesOf(time['minute']);
    this.hours = valuesOf(time['hour']);
    this.days = new Set(valuesOf(time['dayOfMonth']));
    this.months = new Set(valuesOf(time['month']));
    this.weekdays = new Set(valuesOf(time['dayOfWeek']));
  }

  get everyHour(): boolean {
    return this.hours.length === 24;
  }

  /** The first named wall time after another one. Throws where none comes within eight years. */
  next(after: number): number {
    const start = Math.floor(after / SECOND) * SECOND + SECOND;
    let day = Math.floor(start / DAY) * DAY;
    let secondOfDay = (start - day) / SECOND;
    while (day < start + HORIZON) {
      const date = new Date(day);
      const found = this.namesDay(date) ? this.timeOfDay(secondOfDay) : undefined;
      if (found !== undefined) return day + found * SECOND;
      day = this.months.has(date.getUTCMonth() + 1) ? day + DAY : firstOfNextMonth(date);
      secondOfDay = 0;
    }
    throw new Error('no such date in the next eight years');
  }

  private namesDay(date: Date): boolean {
    if (!this.months.has(date.getUTCMonth() + 1)) return false;
    const byDay = this.days.has(date.getUTCDate());
    const byWeekday = this.weekdays.has(date.getUTCDay());
    const eitherSuffices = this.days.size < 31 && this.weekdays.size < 7;
    return eitherSuffices ? byDay || byWeekday : byDay && byWeekday;
  }

  /** The first named second of a day from `from` on. */
  private timeOfDay(from: number): number | undefined {
    for (const hour of this.hours) {
      if (hour * 3_600 + 3_599 < from) continue;
      for (const minute of this.minutes) {
        const start = hour * 3_600 + minute * 60;
        if (start + 59 < from) continue;
        const second = this.seconds.find((candidate) => start + candidate >= from);
        if (second !== undefined) return start + second;
      }
    }
    return undefined;
  }
}

/** The package keeps the values of a field as keys. */
function valuesOf(field: object): number[] {
  return Object.keys(field)
    .map(Number)
    .sort((a, b) => a - b);
}

function firstOfNextMonth(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}
