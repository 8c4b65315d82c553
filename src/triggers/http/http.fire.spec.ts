import { describe, expect, it } from 'vitest';
import type { HttpEvent } from './http.event.js';
import { toFiredRequest } from './http.fire.js';

const fire = (given: unknown) =>
  toFiredRequest(given, { triggerName: 'http', hiddenHeaders: new Set(['x-auth-token']) });

describe('a request that an operator describes', () => {
  it('section 10: is a GET of / where nothing is said', () => {
    const { payload, attempt } = fire(undefined);
    expect(payload).toMatchObject({ httpMethod: 'GET', path: '/', body: '', queryStringParameters: {} });
    expect(attempt).toBe(1);
  });

  it('section 10: becomes the event of such a request, without the headers that the function must not see', () => {
    const event = fire({
      path: '/a%20b?q=1',
      headers: { 'x-tag': ['1', '2'], 'X-Auth-Token': 'secret', 'x-request-id': 'r1' },
      body: { order: 7 },
    });
    const { httpMethod, path, headers, multiValueHeaders, body, queryStringParameters } = event.payload as HttpEvent;
    expect({ httpMethod, path, body }).toEqual({ httpMethod: 'POST', path: '/a b', body: '{"order":7}' });
    expect(multiValueHeaders).toEqual({ 'X-Tag': ['1', '2'], 'X-Request-Id': ['r1'] });
    expect(headers).toEqual({ 'X-Tag': '2', 'X-Request-Id': 'r1' });
    expect(queryStringParameters).toEqual({ q: '1' });
    expect(event.requestId).toBe('r1');
  });

  it.each([
    [{ method: 'G T' }, 'method:'],
    [{ path: 'orders' }, 'path:'],
    [{ path: '/%' }, 'path:'],
    [{ headers: { 'a b': 'c' } }, 'headers:'],
    [{ subject: 'x' }, 'no member but'],
  ])('section 10: is refused as %j', (given, expected) => {
    expect(() => fire(given)).toThrow(expected);
  });
});
