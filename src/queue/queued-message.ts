import type { MsgHdrs } from '@nats-io/transport-node';
import { saneRequestId } from '../invocation/request-id.js';
import { traceHeaders } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import type { MessageHeaders } from '../nats/message-headers.js';

const REQUEST_ID = 'Tributary-Request-Id';

/** A queued invocation as it is stored: what the function will get as its event is the body, to the byte. */
export interface QueuedMessage {
  readonly body: string;
  readonly headers: MessageHeaders;
}

/**
 * A trace that begins here is not stored: as a message of a stream it has one of its own, whose spans lack no parent.
 * Throws a `RangeError` where the event is over the longest string of V8.
 */
export function toQueuedMessage(event: TriggerEvent): QueuedMessage {
  const trace = event.beginsTrace === true ? [] : traceHeaders(event);
  return { body: JSON.stringify(event.payload), headers: [[REQUEST_ID, event.requestId], ...trace] };
}

/** What is not as this host writes it is taken for absent. */
export function readQueuedRequestId(message: { readonly headers?: MsgHdrs | undefined }): string | undefined {
  return saneRequestId(queuedHeadersOf(message)?.get(REQUEST_ID));
}

/** An object, or the text of a source that formats its events itself; `undefined` where it is no event. */
export function readQueuedPayload(body: Buffer): object | string | undefined {
  try {
    const payload = JSON.parse(body.toString('utf8')) as unknown;
    const isEvent = typeof payload === 'string' || (typeof payload === 'object' && payload !== null);
    return isEvent ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** The library decodes headers when they are asked for, and throws at names that ADR-4 does not allow. */
export function queuedHeadersOf(message: { readonly headers?: MsgHdrs | undefined }): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}
