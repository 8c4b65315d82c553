import { STATUS_CODES } from 'node:http';
import type { HandlerResponse, InvocationOutcome } from '../invocation/invocation-outcome.js';

/** What is told of an outcome where it goes out as a message: a reply, a result. */
export interface OutcomeAnswer {
  /** The handler's own, else the one of HTTP for the same outcome. */
  readonly statusCode: number;
  /** Names and values, alternating: the handler's, else those of the host's text. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
  /** What went wrong, to be shown to a user; `undefined` for a success. */
  readonly error: string | undefined;
}

/** The answer of each outcome, by the settle table. Nothing of the host's inside is in it. */
export function answerOf(outcome: InvocationOutcome): OutcomeAnswer {
  switch (outcome.kind) {
    case 'succeeded':
      return fromHandler(outcome.response, undefined);
    case 'rejected':
      return fromHandler(outcome.response, reasonOf(outcome.response));
    case 'failed':
      return fromFailure(outcome);
    case 'timed-out':
      return hostAnswer(504, 'The function did not answer in time.');
    case 'crashed':
      return hostAnswer(502, 'The function ended while it handled the event.');
    case 'unavailable':
      return hostAnswer(503, unavailableText(outcome.reason), outcome.retryAfterSeconds);
    case 'overloaded':
      return hostAnswer(429, 'Too many events wait for the function.', outcome.retryAfterSeconds);
    case 'expired':
      return hostAnswer(503, 'The event was given up before the function could begin.');
  }
}

/** An answer of the host itself, as plain text. */
export function hostAnswer(statusCode: number, text: string, retryAfterSeconds?: number): OutcomeAnswer {
  const headers = ['Content-Type', 'text/plain; charset=utf-8'];
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  return { statusCode, headers, body: text, error: text };
}

function fromHandler({ statusCode, headers, body }: HandlerResponse, error: string | undefined): OutcomeAnswer {
  return { statusCode, headers, body, error };
}

function reasonOf({ statusCode }: HandlerResponse): string {
  return STATUS_CODES[statusCode] ?? `The function answered with status ${statusCode}.`;
}

function fromFailure(outcome: Extract<InvocationOutcome, { kind: 'failed' }>): OutcomeAnswer {
  switch (outcome.failure) {
    case 'status':
      return fromHandler(outcome.response, reasonOf(outcome.response));
    case 'threw':
      return hostAnswer(500, `An error occurred during handler execution: ${outcome.message}`);
    case 'malformed':
      return hostAnswer(502, `The function gave no valid response: ${outcome.message}.`);
    case 'connection-lost':
      return hostAnswer(502, 'The connection to the function was lost.');
  }
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
