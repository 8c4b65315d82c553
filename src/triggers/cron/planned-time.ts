import { CronTime } from 'cron';
import type { CronExpression } from './cron-expression.js';

type Start = Parameters<CronTime['getNextDateFrom']>[0];
type Zone = Parameters<CronTime['getNextDateFrom']>[1];

/**
 * The time of a `CronJob`, with our planning in place of the package's: what the job tells about its next dates is what
 * will be run. No subclass: the package is not loaded where there is no schedule.
 *
 * @param maxSleepMs Longest sleep in milliseconds. Timers do not count the time in which a machine is suspended, and
 *   know of no clock that is set.
 */
export function plannedTime(expression: CronExpression, timeZone: string, maxSleepMs: number): CronTime {
  const time = new CronTime(expression.fields, timeZone);
  const dateOfPackage = time.getNextDateFrom.bind(time);
  time.getNextDateFrom = (start: Start, zone?: Zone) => {
    const date = dateOfPackage(start, zone);
    return date.plus(expression.next(start instanceof Date ? start.getTime() : start.toMillis()) - date.toMillis());
  };
  // Never negative: a job whose time has passed already would write to the console, and skip.
  time.getTimeout = () => {
    const now = Date.now();
    return Math.min(expression.next(now) - now, maxSleepMs);
  };
  return time;
}
