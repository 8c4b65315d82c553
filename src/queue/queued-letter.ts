import type { StoredLetter } from '../dead-letters/stored-letter.js';
import { letterTrace } from '../durable/stored-trace.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { readQueuedPayload } from './queued-message.js';

/** The event of a dead letter as it was last run; `undefined` where none can be made of it. */
export function queuedEventOf(found: StoredLetter): TriggerEvent | undefined {
  const payload = readQueuedPayload(found.body);
  if (payload === undefined) return undefined;
  const { requestId, deliveries, attempt = deliveries } = found.letter;
  return { ...letterTrace(found), requestId, payload, attempt };
}
