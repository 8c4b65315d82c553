import { CronTime } from 'cron';
import type { CronExpression } from './cron-expression.js';

type Start = Parameters<CronTime['getNextDateFrom']>[0];
type Zone = Parameters<CronTime['getNextDateFrom']>[1];

/**
 * The time of a `CronJob`, with our planning in place of the package's: what the job tells about its next dates is what
 * will be run.
 */
export class PlannedTime extends CronTime {
  constructor(
    private readonly expression: CronExpression,
    timeZone: string,
    /** Longest sleep in milliseconds. Timers do not count the time in which a machine is suspended, and know of no clock that is set. */
    private readonly maxSleepMs: number,
  ) {
    super(expression.fields, timeZone);
  }

  override getNextDateFrom(start: Start, timeZone?: Zone): ReturnType<CronTime['getNextDateFrom']> {
    const date = super.getNextDateFrom(start, timeZone);
    return date.plus(
      this.expression.next(start instanceof Date ? start.getTime() : start.toMillis()) - date.toMillis(),
    );
  }

  /** Never negative: a job whose time has passed already would write to the console, and skip. */
  override getTimeout(): number {
    const now = Date.now();
    return Math.min(this.expression.next(now) - now, this.maxSleepMs);
  }
}
