import { STATUS_CODES } from 'node:http';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { StoreResult } from '../../queue/invocation-queue.js';
import { answerOf } from '../outcome-answer.js';

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

/** The answer to an HTTP request: that of every source, by the settle table, with the headers of HTTP. Pure. */
export function toHttpAnswer(outcome: InvocationOutcome, requestId: string): HttpAnswer {
  const { statusCode, headers, body } = answerOf(outcome);
  return {
    statusCode,
    headers: withDefaults(headers, requestId),
    body: hasContent(statusCode) ? body : '',
  };
}

/**
 * The answer to a source that formats its events itself (`SCW_TRIGGER_TYPE: mqtt`): as in the original, that the handler
 * ran, whatever it returned, unless it threw or did not run.
 */
export function toSourceAnswer(outcome: InvocationOutcome, requestId: string): HttpAnswer {
  const ran =
    outcome.kind === 'succeeded' ||
    outcome.kind === 'rejected' ||
    (outcome.kind === 'failed' && (outcome.failure === 'status' || outcome.failure === 'malformed'));
  return ran ? hostAnswer(200, requestId, 'executed properly') : toHttpAnswer(outcome, requestId);
}

/** Long enough for a connection to NATS to come back. */
const STORE_AGAIN_SECONDS = 2;

/** The answer to a request that was to be queued. Pure. @see https://www.rfc-editor.org/rfc/rfc7240#section-4.1 */
export function toQueuedAnswer(stored: StoreResult, requestId: string): HttpAnswer {
  switch (stored.kind) {
    case 'stored':
      return withHeader(hostAnswer(202, requestId), 'Preference-Applied', 'respond-async');
    case 'too-large':
      return hostAnswer(413, requestId, 'The request is too large to be queued.');
    case 'overloaded':
      return storeAgain(hostAnswer(429, requestId, 'Too many requests wait to be queued.'));
    case 'failed':
      return storeAgain(hostAnswer(503, requestId, 'The request could not be queued.'));
  }
}

function storeAgain(answer: HttpAnswer): HttpAnswer {
  return withHeader(answer, 'Retry-After', String(STORE_AGAIN_SECONDS));
}

function withHeader(answer: HttpAnswer, name: string, value: string): HttpAnswer {
  answer.headers.push(name, value);
  return answer;
}

/** An answer of the host itself: plain text, nothing about its inside; the reason phrase where there is nothing better to say. */
export function hostAnswer(statusCode: number, requestId: string, text?: string): HttpAnswer {
  const contentType = ['Content-Type', 'text/plain; charset=utf-8'];
  const body = text ?? STATUS_CODES[statusCode] ?? 'Error';
  return { statusCode, headers: withDefaults(contentType, requestId), body };
}

export function hasContent(statusCode: number): boolean {
  return !WITHOUT_CONTENT.has(statusCode);
}

/** `X-Request-Id` is the host's on every answer; a default of CORS is added only where the function gave none. */
function withDefaults(given: readonly string[], requestId: string): string[] {
  const headers = ['X-Request-Id', requestId];
  const names = new Set<string>();
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i] as string;
    const lower = name.toLowerCase();
    names.add(lower);
    if (lower !== 'x-request-id') headers.push(name, given[i + 1] as string);
  }
  for (const [name, value, lower] of CORS) if (!names.has(lower)) headers.push(name, value);
  return headers;
}
