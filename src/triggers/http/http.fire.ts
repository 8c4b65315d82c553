import { randomUUID } from 'node:crypto';
import { saneRequestId } from '../../invocation/request-id.js';
import { traceFrom } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { givenBytes, givenHeaders, givenText, readGiven, refused } from '../given-event.js';
import { type HttpRequestParts, toHttpEvent } from './http.event.js';
import { parseTarget } from './http.target.js';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The address that a request of this machine has. */
const SOURCE_IP = '127.0.0.1';

/**
 * The event of a request that an operator describes: `method`, `path` with its query, `headers`, `body`, `isBase64Encoded`;
 * all have a default. Nobody is authenticated, so that there are no claims.
 */
export function toFiredRequest(
  given: unknown,
  { triggerName, hiddenHeaders }: Pick<HttpRequestParts, 'triggerName' | 'hiddenHeaders'>,
): TriggerEvent {
  const members = readGiven(given, ['method', 'path', 'headers', 'body', 'isBase64Encoded']);
  const body = givenBytes('body', members.body, members.isBase64Encoded);
  const method = givenText('method', members.method, body.length > 0 ? 'POST' : 'GET');
  if (!TOKEN.test(method)) throw refused('method: expected one of HTTP, such as GET');
  const target = parseTarget(givenText('path', members.path, '/'), method);
  if (!target) throw refused('path: expected one that begins with / and is percent-encoded, such as /orders?id=7');
  const headers = givenHeaders(members.headers);
  if (headers.some(([name]) => !TOKEN.test(name))) throw refused('headers: expected names of HTTP');
  const valueOf = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1].at(-1);
  const requestId = saneRequestId(valueOf('x-request-id')) ?? randomUUID();
  const payload = toHttpEvent({
    method,
    target,
    rawHeaders: headers.flatMap(([name, values]) => values.flatMap((value) => [name, value])),
    body,
    sourceIp: SOURCE_IP,
    requestId,
    triggerName,
    receivedAt: Date.now(),
    claims: undefined,
    hiddenHeaders,
  });
  return { requestId, payload, attempt: 1, ...traceFrom(valueOf('traceparent'), valueOf('tracestate')) };
}
