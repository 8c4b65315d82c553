const SECOND = 1_000;
const DAY = 86_400_000;

/** The default, for which Intl is not asked: its first use takes longer than all else that is checked at a start. */
const UTC = 'UTC';

/** Names of the IANA database begin with a letter; newer Nodes take offsets such as `+02:00` for zones, too. */
const NAME = /^[A-Za-z]/;

/** Whether a text names a time zone of the IANA database, as far as this Node knows it. */
export function isTimeZone(text: string): boolean {
  if (text === UTC) return true;
  if (!NAME.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/**
 * The clock on the wall in a time zone. Instants are epoch milliseconds; a wall time is what the clock shows, as epoch
 * milliseconds of the same digits in UTC. A wall time that the clock jumps over has no instant, one that it shows again
 * after it was set back has two.
 */
export class ZoneClock {
  private readonly format: Intl.DateTimeFormat | undefined;

  /** Throws a `RangeError` where the zone is unknown. */
  constructor(readonly timeZone: string) {
    this.format = timeZone === UTC ? undefined : formatOf(timeZone);
  }

  /** Milliseconds by which the clock is ahead of UTC at an instant. */
  offsetAt(instant: number): number {
    if (!this.format) return 0;
    const parts = new Map(this.format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return wall - Math.floor(instant / SECOND) * SECOND;
  }

  /** The first instant after `from`, up to `to`, with another offset; both within a day or two, so that there is one change at most. */
  changeBetween(from: number, to: number): number | undefined {
    const offset = this.offsetAt(from);
    if (this.offsetAt(to) === offset) return undefined;
    let [before, after] = [from, to];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    return after;
  }

  /** The instant of a wall time: the first of two; for one that the clock jumps over, the instant of the jump. */
  instantOf(wall: number): number {
    // A day is more than any offset: these are instants surely before and surely after the one that is looked for.
    const offsetBefore = this.offsetAt(wall - DAY);
    const offsetAfter = this.offsetAt(wall + DAY);
    const byBefore = wall - offsetBefore;
    if (this.offsetAt(byBefore) === offsetBefore) return byBefore;
    const byAfter = wall - offsetAfter;
    if (this.offsetAt(byAfter) === offsetAfter) return byAfter;
    return this.changeBetween(byAfter, byBefore) ?? byBefore;
  }
}

/** By zone: each takes 30 kB and most of a millisecond, and a host may have a thousand schedules. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
