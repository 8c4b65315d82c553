import { describe, expect, it } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../invocation/invocation-outcome.js';
import { answerOf } from './outcome-answer.js';

const response = (statusCode: number): HandlerResponse => ({
  statusCode,
  headers: ['Content-Type', 'text/plain', 'X-A', '1'],
  body: 'body',
});

describe('settle table: what is told of an outcome', () => {
  it('succeeded: the handler’s response', () => {
    expect(answerOf({ kind: 'succeeded', response: response(201) })).toEqual({
      statusCode: 201,
      headers: ['Content-Type', 'text/plain', 'X-A', '1'],
      body: 'body',
      error: undefined,
    });
  });

  it.each<[InvocationOutcome, number, string]>([
    [{ kind: 'rejected', response: response(404) }, 404, 'Not Found'],
    [{ kind: 'failed', failure: 'status', response: response(503) }, 503, 'Service Unavailable'],
    [{ kind: 'failed', failure: 'status', response: response(599) }, 599, 'The function answered with status 599.'],
  ])('%j: the handler’s response, and that it is an error', (outcome, statusCode, error) => {
    expect(answerOf(outcome)).toMatchObject({ statusCode, body: 'body', error });
  });

  it.each<[InvocationOutcome, number, string]>([
    [{ kind: 'failed', failure: 'threw', message: 'boom' }, 500, 'An error occurred during handler execution: boom'],
    [
      { kind: 'failed', failure: 'malformed', message: 'no status' },
      502,
      'The function gave no valid response: no status.',
    ],
    [
      { kind: 'failed', failure: 'connection-lost', message: 'ECONNRESET' },
      502,
      'The connection to the function was lost.',
    ],
    [{ kind: 'timed-out' }, 504, 'The function did not answer in time.'],
    [{ kind: 'crashed', message: 'died', alone: true }, 502, 'The function ended while it handled the event.'],
    [{ kind: 'expired' }, 503, 'The event was given up before the function could begin.'],
  ])('%j: the host’s own words', (outcome, statusCode, text) => {
    const headers = ['Content-Type', 'text/plain; charset=utf-8'];
    expect(answerOf(outcome)).toEqual({ statusCode, headers, body: text, error: text });
  });

  it.each<[InvocationOutcome, number, string]>([
    [{ kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 7 }, 503, 'failed to start'],
    [{ kind: 'unavailable', reason: 'not-started', retryAfterSeconds: 7 }, 503, 'not started yet'],
    [{ kind: 'unavailable', reason: 'draining', retryAfterSeconds: 7 }, 503, 'shutting down'],
    [{ kind: 'overloaded', retryAfterSeconds: 7 }, 429, 'Too many events'],
  ])('%j: when to try again', (outcome, statusCode, text) => {
    const answer = answerOf(outcome);
    expect(answer.statusCode).toBe(statusCode);
    expect(answer.body).toContain(text);
    expect(answer.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8', 'Retry-After', '7']);
  });
});
