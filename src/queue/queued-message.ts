import type { MsgHdrs } from '@nats-io/transport-node';
import { saneRequestId } from '../invocation/request-id.js';
import { validTraceparent } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import type { MessageHeaders } from '../nats/message-headers.js';

const REQUEST_ID = 'Tributary-Request-Id';
export const TRACEPARENT = 'traceparent';

/** A queued invocation as it is stored: what the function will get as its event is the body, to the byte. */
export interface QueuedMessage {
  readonly body: string;
  readonly headers: MessageHeaders;
}

/** Throws a `RangeError` where the event is over the longest string of V8. */
export function toQueuedMessage({ payload, requestId, traceparent }: TriggerEvent): QueuedMessage {
  const headers: [string, string][] = [[REQUEST_ID, requestId]];
  if (traceparent !== undefined) headers.push([TRACEPARENT, traceparent]);
  return { body: JSON.stringify(payload), headers };
}

/** The members of an event that stand in headers; what is not as this host writes it is taken for absent. */
export function readQueuedHeaders(message: { readonly headers?: MsgHdrs | undefined }): {
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
} {
  const headers = headersOf(message);
  return {
    requestId: saneRequestId(headers?.get(REQUEST_ID)),
    traceparent: validTraceparent(headers?.get(TRACEPARENT)),
  };
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
function headersOf(message: { readonly headers?: MsgHdrs | undefined }): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}
