import type { StoredLetter } from '../dead-letters/stored-letter.js';
import { validTraceparent } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { readQueuedPayload, TRACEPARENT } from './queued-message.js';

/** The event of a dead letter as it was last run; `undefined` where none can be made of it. */
export function queuedEventOf({ letter, headers, body }: StoredLetter): TriggerEvent | undefined {
  const payload = readQueuedPayload(body);
  if (payload === undefined) return undefined;
  const { requestId, deliveries, attempt = deliveries } = letter;
  const traceparent = headers.find(([name]) => name === TRACEPARENT)?.[1][0];
  return { requestId, payload, attempt, traceparent: validTraceparent(traceparent) };
}
