import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import { letterTrace } from '../../durable/stored-trace.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import type { EventFormat } from '../event-format.js';
import { toTriggerEvent } from './cron.event.js';
import { bodyOfTick, readTick } from './shared-tick.js';

/**
 * The event of the dead letter of a tick as it was last run; `undefined` where none can be made of it.
 *
 * @param at When it is handed over, epoch milliseconds.
 */
export function cronEventOf(found: StoredLetter, format: EventFormat, at: number): TriggerEvent | undefined {
  const { letter, body } = found;
  const tick = readTick(body);
  if (!tick) return undefined;
  const { function: applicationName, trigger: triggerName, attempt = 1 } = letter;
  const { schedule, timeZone, scheduledAt } = tick;
  const about = { applicationName, triggerName, schedule, timeZone, body: bodyOfTick(tick), format };
  return toTriggerEvent({ ...about, startingDeadlineMs: 0 }, { scheduledAt, attempt, at, trace: letterTrace(found) });
}
