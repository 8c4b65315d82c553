import { WallTimes } from './wall-times.js';
import type { ZoneClock } from './zone-clock.js';

const DAY = 86_400_000;

/** The nicknames that the cron package knows, as six fields. */
export const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 0 1 1 *'],
  ['@monthly', '0 0 0 1 * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@daily', '0 0 0 * * *'],
  ['@hourly', '0 0 * * * *'],
  ['@minutely', '0 * * * * *'],
  ['@secondly', '* * * * * *'],
  ['@weekdays', '0 0 0 * * 1-5'],
  ['@weekends', '0 0 0 * * 0,6'],
]);

/**
 * One expression of a schedule in a time zone. Which instants its wall times are is decided here, since the cron package
 * is wrong where clocks change (`docs/decisions/0004-cron.md`):
 *
 * - An expression that names hours (`0 3 * * *`) runs once for each wall time that it names: when the clock jumps over
 *   it, at the jump; when the clock shows it twice, the first time.
 * - One that runs in every hour (`*` in the hour's field) goes on evenly: it runs whenever the clock shows what it names.
 */
export class CronExpression {
  /** Six fields, as the cron package takes them. */
  readonly fields: string;
  private readonly wallTimes: WallTimes;

  /** Throws an `Error` that says what is wrong with the text. */
  constructor(
    readonly text: string,
    private readonly clock: ZoneClock,
  ) {
    this.fields = fieldsOf(text).join(' ');
    this.wallTimes = new WallTimes(this.fields);
  }

  /** The first planned instant after an instant, both epoch milliseconds. Throws where none comes within eight years. */
  next(after: number): number {
    return this.wallTimes.everyHour ? this.nextOfInterval(after) : this.nextByName(after);
  }

  private nextByName(after: number): number {
    let wall = after + this.clock.offsetAt(after);
    for (;;) {
      wall = this.wallTimes.next(wall);
      const instant = this.clock.instantOf(wall);
      if (instant > after) return instant;
    }
  }

  /** Looks a day ahead with one offset, and begins anew where the clock changes on the way. */
  private nextOfInterval(after: number): number {
    let from = after;
    let offset = this.clock.offsetAt(from);
    let wall = this.wallTimes.next(from + offset);
    for (;;) {
      const instant = wall - offset;
      const change = this.clock.changeBetween(from, Math.min(instant, from + DAY));
      if (change === undefined && instant <= from + DAY) return instant;
      from = change ?? instant - DAY;
      offset = this.clock.offsetAt(from);
      // What is planned for `from` itself counts: it is the instant of a change, or lies where nothing is planned.
      wall = this.wallTimes.next(from + offset - 1);
    }
  }
}

/** The package counts fields, too, but its messages do not say how many it wants. */
function fieldsOf(text: string): string[] {
  const fields = (NICKNAMES.get(text.toLowerCase()) ?? text).split(/\s+/);
  if (text.startsWith('@') && fields.length === 1) {
    throw new Error(`unknown nickname; known are ${[...NICKNAMES.keys()].join(', ')}`);
  }
  if (fields.length !== 5 && fields.length !== 6) throw new Error(`${text === '' ? 0 : fields.length} fields`);
  return fields.length === 5 ? ['0', ...fields] : fields;
}
