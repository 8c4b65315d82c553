import { newTrace } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { readGiven } from '../given-event.js';
import { type CronEventSource, toTriggerEvent } from './cron.event.js';

/** The event of a tick that an operator asks for, planned now; `args` take the place of those of the configuration. */
export function toFiredTick(source: CronEventSource, given: unknown, now: number): TriggerEvent {
  const { args } = readGiven(given, ['args']);
  const body = args === undefined ? source.body : JSON.stringify(args);
  // Somebody waits for it: it has the deadline of an invocation, not that of a schedule.
  const { startBy: _startBy, ...event } = toTriggerEvent(
    { ...source, body },
    { scheduledAt: now, attempt: 1, at: now, trace: newTrace() },
  );
  return event;
}
