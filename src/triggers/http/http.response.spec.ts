import { describe, expect, it } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../../invocation/invocation-outcome.js';
import { type HttpAnswer, toHttpAnswer, toQueuedAnswer, toSourceAnswer } from './http.response.js';

const handler = (statusCode: number, headers: string[] = []): HandlerResponse => ({
  statusCode,
  headers,
  body: 'body',
});

function header({ headers }: HttpAnswer, name: string): string[] {
  return headers.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);
}

describe('the settle table for HTTP', () => {
  it.each<[InvocationOutcome, number]>([
    [{ kind: 'succeeded', response: handler(201) }, 201],
    [{ kind: 'rejected', response: handler(404) }, 404],
    [{ kind: 'failed', failure: 'status', response: handler(503) }, 503],
    [{ kind: 'failed', failure: 'threw', message: 'm' }, 500],
    [{ kind: 'failed', failure: 'malformed', message: 'm' }, 502],
    [{ kind: 'failed', failure: 'connection-lost', message: 'm' }, 502],
    [{ kind: 'timed-out' }, 504],
    [{ kind: 'crashed', message: 'm', alone: true }, 502],
    [{ kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 3 }, 503],
    [{ kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 }, 503],
    [{ kind: 'overloaded', retryAfterSeconds: 1 }, 429],
  ])('answers %j with %d', (outcome, status) => {
    expect(toHttpAnswer(outcome, 'r').statusCode).toBe(status);
  });

  it('section 5: gives Retry-After with 503 and 429', () => {
    const unavailable = toHttpAnswer({ kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 3 }, 'r');
    expect(header(unavailable, 'retry-after')).toEqual(['3']);
    expect(header(toHttpAnswer({ kind: 'overloaded', retryAfterSeconds: 1 }, 'r'), 'retry-after')).toEqual(['1']);
  });

  it.each([
    [{ kind: 'stored' }, 202, ['respond-async'], []],
    [{ kind: 'too-large' }, 413, [], []],
    [{ kind: 'overloaded' }, 429, [], ['2']],
    [{ kind: 'failed', reason: 'NATS at 10.0.0.1 is gone' }, 503, [], ['2']],
  ] as const)('section 9: answers what was to be queued, %j, with %d', (stored, status, applied, retryAfter) => {
    const answer = toQueuedAnswer(stored, 'r');
    expect([answer.statusCode, header(answer, 'preference-applied'), header(answer, 'retry-after')]).toEqual([
      status,
      applied,
      retryAfter,
    ]);
    expect(header(answer, 'x-request-id')).toEqual(['r']);
    expect(header(answer, 'access-control-allow-origin')).toEqual(['*']);
    expect(answer.body).not.toContain('10.0.0.1');
  });

  it('section 4: tells the message of a handler that threw, in the words of the original', () => {
    const answer = toHttpAnswer({ kind: 'failed', failure: 'threw', message: 'boom' }, 'r');
    expect(answer.body).toBe('An error occurred during handler execution: boom');
  });

  it('section 5: tells nothing of the connection to the sub-runtime', () => {
    const answer = toHttpAnswer({ kind: 'failed', failure: 'connection-lost', message: 'ECONNRESET /tmp/x' }, 'r');
    expect(answer.body).not.toContain('ECONNRESET');
  });

  it("section 4: adds the original's CORS defaults, which the function's own headers replace", () => {
    const plain = toHttpAnswer({ kind: 'succeeded', response: handler(200) }, 'r');
    expect([header(plain, 'access-control-allow-origin'), header(plain, 'access-control-allow-headers')]).toEqual([
      ['*'],
      ['Content-Type'],
    ]);
    const own = toHttpAnswer({ kind: 'succeeded', response: handler(200, ['access-control-allow-origin', 'a']) }, 'r');
    expect(header(own, 'access-control-allow-origin')).toEqual(['a']);
    expect(header(own, 'access-control-allow-headers')).toEqual(['Content-Type']);
  });

  it('section 5: bears X-Request-Id on every answer, once', () => {
    const own = toHttpAnswer({ kind: 'succeeded', response: handler(200, ['x-request-id', 'other']) }, 'r');
    expect(header(own, 'x-request-id')).toEqual(['r']);
    expect(header(toHttpAnswer({ kind: 'timed-out' }, 'r'), 'x-request-id')).toEqual(['r']);
  });

  it.each([204, 304])('section 4: gives no body with %d', (status) => {
    expect(toHttpAnswer({ kind: 'succeeded', response: handler(status) }, 'r').body).toBe('');
  });

  it.each<[InvocationOutcome, number]>([
    [{ kind: 'succeeded', response: handler(201) }, 200],
    [{ kind: 'rejected', response: handler(404) }, 200],
    [{ kind: 'failed', failure: 'status', response: handler(500) }, 200],
    [{ kind: 'failed', failure: 'malformed', message: 'm' }, 200],
    [{ kind: 'failed', failure: 'threw', message: 'm' }, 500],
    [{ kind: 'failed', failure: 'connection-lost', message: 'm' }, 502],
    [{ kind: 'timed-out' }, 504],
  ])('section 3: answers a source of formatted events after %j with %d', (outcome, status) => {
    const answer = toSourceAnswer(outcome, 'r');
    expect(answer.statusCode).toBe(status);
    if (status === 200) expect(answer.body).toBe('executed properly');
  });
});
