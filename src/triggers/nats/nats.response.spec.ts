import { describe, expect, it } from 'vitest';
import type { HandlerResponse } from '../../invocation/invocation-outcome.js';
import { messageSize } from '../../nats/message-headers.js';
import { internalErrorReply, toNatsReply } from './nats.response.js';

const response = (more: Partial<HandlerResponse> = {}): HandlerResponse => ({
  statusCode: 200,
  headers: ['Content-Type', 'text/plain'],
  body: 'body',
  ...more,
});

describe('section 8: the reply of core NATS', () => {
  it('is the function’s body, its headers and Status', () => {
    const headers = ['Content-Type', 'text/plain', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'];
    expect(toNatsReply({ kind: 'succeeded', response: response({ headers, statusCode: 201 }) }, 1_000)).toEqual({
      headers: [
        ['Status', '201'],
        ['Content-Type', 'text/plain'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
      body: 'body',
      error: undefined,
    });
  });

  it('never copies Nats-* headers, nor a Status of the function', () => {
    const headers = [
      'nats-rollup',
      'all',
      'Nats-Expected-Last-Sequence',
      '1',
      'NATS-SERVICE-ERROR',
      'x',
      'status',
      '1',
    ];
    const reply = toNatsReply({ kind: 'succeeded', response: response({ headers }) }, 1_000);
    expect(reply.headers).toEqual([['Status', '200']]);
  });

  it('says of a handler’s error status that it is one, beside its response', () => {
    const reply = toNatsReply({ kind: 'rejected', response: response({ statusCode: 404 }) }, 1_000);
    expect(reply).toEqual({
      headers: [
        ['Status', '404'],
        ['Nats-Service-Error', 'Not Found'],
        ['Nats-Service-Error-Code', '404'],
        ['Content-Type', 'text/plain'],
      ],
      body: 'body',
      error: 'Not Found',
    });
  });

  it('replies to a failure with its text, in one line where it is a header', () => {
    const reply = toNatsReply({ kind: 'failed', failure: 'threw', message: 'line 1\r\nNats-Rollup: all' }, 1_000);
    expect(reply.headers).toEqual([
      ['Status', '500'],
      ['Nats-Service-Error', 'An error occurred during handler execution: line 1 Nats-Rollup: all'],
      ['Nats-Service-Error-Code', '500'],
      ['Content-Type', 'text/plain; charset=utf-8'],
    ]);
    expect(reply.body).toBe('An error occurred during handler execution: line 1\r\nNats-Rollup: all');
  });

  it('fails with 502 where it is over max_payload, headers included', () => {
    const outcome = { kind: 'succeeded', response: response({ body: 'x'.repeat(500) }) } as const;
    const size = messageSize(toNatsReply(outcome, 1_000).headers, 'x'.repeat(500));
    expect(toNatsReply(outcome, size).error).toBeUndefined();
    const reply = toNatsReply(outcome, size - 1);
    expect(reply.headers).toContainEqual(['Nats-Service-Error-Code', '502']);
    expect(reply.body).toBe(`The reply is over the NATS server's max_payload of ${size - 1} bytes.`);
  });

  it('tells nothing of an error inside the host', () => {
    expect(internalErrorReply()).toMatchObject({ body: 'Internal error', error: 'Internal error' });
  });

  it('bears the trace of the run, once, and the one that the function says instead where it says one', () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1' };
    const traceOf = (headers: string[]) =>
      toNatsReply({ kind: 'succeeded', response: response({ headers }) }, 1_000, trace).headers.filter(([name]) =>
        name.toLowerCase().startsWith('trace'),
      );
    expect(traceOf(['X-A', '1'])).toEqual(Object.entries(trace));
    expect(traceOf(['TraceParent', 'own'])).toEqual([['TraceParent', 'own']]);
    expect(toNatsReply({ kind: 'timed-out' }, 1_000, trace).headers).toEqual(
      expect.arrayContaining(Object.entries(trace)),
    );
  });
});
