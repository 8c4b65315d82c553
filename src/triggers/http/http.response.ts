import { STATUS_CODES } from 'node:http';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
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
