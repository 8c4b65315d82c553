import { STATUS_CODES } from 'node:http';
import type { HandlerResponse, InvocationOutcome } from '../../invocation/invocation-outcome.js';

/** What goes out: a status, headers as names and values alternating, and the body. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: string[];
  readonly body: string | Buffer;
}

/** The defaults of the original, which the function's own headers replace. */
const CORS = [
  ['Access-Control-Allow-Origin', '*', 'access-control-allow-origin'],
  ['Access-Control-Allow-Headers', 'Content-Type', 'access-control-allow-headers'],
] as const;

/** RFC 9110: these have no content, whatever the function gave. */
const WITHOUT_CONTENT = new Set([204, 205, 304]);

/** The answer to an HTTP request, by the settle table. Pure. */
export function toHttpAnswer(outcome: InvocationOutcome, requestId: string): HttpAnswer {
  switch (outcome.kind) {
    case 'succeeded':
    case 'rejected':
      return fromHandler(outcome.response, requestId);
    case 'failed':
      return outcome.failure === 'status' ? fromHandler(outcome.response, requestId) : fromFailure(outcome, requestId);
    case 'timed-out':
      return hostAnswer(504, 'The function did not answer in time.', requestId);
    case 'crashed':
      return hostAnswer(502, 'The function ended while it handled the request.', requestId);
    case 'unavailable':
      return hostAnswer(503, unavailableText(outcome.reason), requestId, outcome.retryAfterSeconds);
    case 'overloaded':
      return hostAnswer(429, 'Too many requests wait for the function.', requestId, outcome.retryAfterSeconds);
    case 'expired':
      return hostAnswer(503, 'The request was withdrawn before it began.', requestId, 1);
  }
}

/** An answer of the host itself: plain text, nothing about its inside. */
export function hostAnswer(
  statusCode: number,
  text: string,
  requestId: string,
  retryAfterSeconds?: number,
): HttpAnswer {
  const headers = ['Content-Type', 'text/plain; charset=utf-8', 'X-Request-Id', requestId];
  for (const [name, value] of CORS) headers.push(name, value);
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  return { statusCode, headers, body: text };
}

/** The reason phrase is given as text where there is nothing better to say. */
export function statusAnswer(statusCode: number, requestId: string): HttpAnswer {
  return hostAnswer(statusCode, STATUS_CODES[statusCode] ?? 'Error', requestId);
}

function unavailableText(reason: 'backing-off' | 'not-started' | 'draining'): string {
  switch (reason) {
    case 'backing-off':
      return 'The function failed to start and is started again soon.';
    case 'not-started':
      return 'The function has not started yet.';
    case 'draining':
      return 'The host is shutting down.';
  }
}

function fromFailure(
  outcome: Extract<InvocationOutcome, { kind: 'failed'; message: string }>,
  requestId: string,
): HttpAnswer {
  switch (outcome.failure) {
    case 'threw':
      return hostAnswer(500, `An error occurred during handler execution: ${outcome.message}`, requestId);
    case 'malformed':
      return hostAnswer(502, `The function gave no valid response: ${outcome.message}.`, requestId);
    case 'connection-lost':
      return hostAnswer(502, 'The connection to the function was lost.', requestId);
  }
}

function fromHandler(response: HandlerResponse, requestId: string): HttpAnswer {
  const headers = ['X-Request-Id', requestId];
  const names = new Set<string>();
  for (let i = 0; i < response.headers.length; i += 2) {
    const name = response.headers[i] as string;
    const lower = name.toLowerCase();
    names.add(lower);
    if (lower !== 'x-request-id') headers.push(name, response.headers[i + 1] as string);
  }
  for (const [name, value, lower] of CORS) if (!names.has(lower)) headers.push(name, value);
  return { statusCode: response.statusCode, headers, body: hasContent(response.statusCode) ? response.body : '' };
}

export function hasContent(statusCode: number): boolean {
  return !WITHOUT_CONTENT.has(statusCode);
}
