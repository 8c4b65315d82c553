/** The limit: the sub-runtime called directly, always with the same request, one that a host would have made. */
import { randomBytes, randomUUID } from 'node:crypto';
import { startSubRuntime } from '../lib/sub-runtime.mjs';
import { wireRequest } from '../lib/wire-request.mjs';

export const name = 'direct';

export async function start() {
  const { port, ...server } = await startSubRuntime();
  return {
    name,
    ...server,
    requestOf: (workload) => requestOf(workload, port),
    answerOf: (text) => JSON.parse(text).body,
  };
}

function requestOf({ method, path, headers, body }, port) {
  const requestId = randomUUID();
  const length = body.length > 0 ? { 'Content-Length': String(body.length) } : {};
  const rawHeaders = Object.entries({ Host: `127.0.0.1:${port}`, ...headers, ...length }).flat();
  const sent = wireRequest({ method, path, rawHeaders, query: {}, body, requestId, sourceIp: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${port}/`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`,
      'x-deadline': String(JSON.parse(sent).context.deadline),
    },
    body: Buffer.from(sent),
  };
}
