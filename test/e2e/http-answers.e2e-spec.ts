import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRaw, rawExchange, statusOf } from '../support/raw-http.js';
import { type Host, startHost, until } from '../support/start-host.js';

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

describe('section 4: what the function returns, through the real host', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ env: { INVOCATION_MAX_RESPONSE_SIZE: '1000000' } });
  });
  afterAll(() => host.stop());

  const returning = (value: unknown) => fetch(host.url, post({ do: 'return', value }));

  it('sends status, headers and a string body as they are', async () => {
    const answer = await returning({
      statusCode: 418,
      headers: { 'X-A': 'b', 'Set-Cookie': ['a=1', 'b=2'] },
      body: '<é>',
    });
    expect([answer.status, await answer.text(), answer.headers.get('x-a')]).toEqual([418, '<é>', 'b']);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('sends JSON bodies as JSON', async () => {
    const answer = await returning({ statusCode: 200, body: { a: [1, null] } });
    expect([await answer.text(), answer.headers.get('content-type')]).toEqual(['{"a":[1,null]}', 'application/json']);
  });

  it('sends binary bodies', async () => {
    const answer = await returning({ statusCode: 200, body: '/wA=', isBase64Encoded: true });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([0xff, 0]));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  });

  it.each([
    ['a text', { body: 'é' }],
    ['bytes', { body: '/wA=', isBase64Encoded: true }],
    ['nothing', {}],
  ])('sends what a header had in a request as the same bytes, with %s as body', async (_title, body) => {
    const json = JSON.stringify({ do: 'return', value: { statusCode: 200, headers: { 'X-A': 'caf\u00e9' }, ...body } });
    const head = `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n`;
    expect(await rawExchange(host.port, head + json)).toContain('\r\nX-A: caf\u00e9\r\n');
  });

  it('sends the whole response with 200 where there is no status', async () => {
    const answer = await returning({ hello: 1 });
    expect([answer.status, await answer.text()]).toEqual([200, '{"hello":1}']);
  });

  it.each([
    ['a status out of range', { statusCode: 99 }],
    ['a header with a line break', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
    ['invalid base64', { statusCode: 200, body: '***', isBase64Encoded: true }],
    ['a response over the limit', { statusCode: 200, body: 'x'.repeat(1_000_001) }],
  ])('answers 502 to %s', async (_title, value) => {
    const answer = await returning(value);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('c')).toBeNull();
  });

  it('answers 500 with the message of a handler that threw', async () => {
    const answer = await fetch(host.url, post({ do: 'throw', message: 'no such order' }));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('An error occurred during handler execution: no such order');
  });

  it('gives no body to HEAD, 204 and 304', async () => {
    const head = await rawExchange(host.port, 'HEAD /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(statusOf(head)).toBe(200);
    expect(head.split('\r\n\r\n')[1]).toBe('');
    for (const status of [204, 304]) {
      const answer = await rawExchange(
        host.port,
        `GET /status?status=${status} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      );
      expect(statusOf(answer)).toBe(status);
      expect(answer.split('\r\n\r\n')[1]).toBe('');
      expect(answer).not.toMatch(/content-length|transfer-encoding/i);
    }
  });

  it('drops framing headers of the function', async () => {
    const value = {
      statusCode: 200,
      headers: { 'Content-Length': '3', 'Transfer-Encoding': 'chunked', Connection: 'x-b', 'x-b': '1' },
      body: 'hello',
    };
    const answer = await returning(value);
    expect([await answer.text(), answer.headers.get('x-b'), answer.headers.get('content-length')]).toEqual([
      'hello',
      null,
      '5',
    ]);
  });

  it("adds the original's CORS defaults", async () => {
    const answer = await returning('x');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toBe('Content-Type');
  });
});

describe("section 5: the host's own answers", () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({
      env: {
        SCW_PAYLOAD_MAX_SIZE: '1000',
        TRIGGER_HTTP_HEADERS_TIMEOUT_MS: '1000',
        TRIGGER_HTTP_REQUEST_TIMEOUT_MS: '1500',
      },
    });
  });
  afterAll(() => host.stop());

  it('takes over a sane X-Request-Id, and makes one otherwise', async () => {
    const given = await fetch(host.url, { headers: { 'x-request-id': 'my-id.1' } });
    expect(given.headers.get('x-request-id')).toBe('my-id.1');
    const odd = await fetch(host.url, { headers: { 'x-request-id': 'a b"<' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    [
      'both a length and chunks',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a bad length', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3x\r\n\r\nabc'],
    ['a bad chunk size', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n'],
    ['an obfuscated transfer encoding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a host with a space', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['another transfer coding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['a broken escape in the path', 'GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['garbage', 'garbage\r\n\r\n'],
  ])('answers 400 to %s and closes', async (_title, request) => {
    const answer = await rawExchange(host.port, request);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toMatch(/^x-request-id: /im);
    expect(answer).not.toMatch(/FST_|HPE_|node:/);
  });

  it('takes a URL and a header of 8 kB', async () => {
    const answer = await fetch(`${host.url}/${'a'.repeat(8_000)}`, { headers: { 'x-large': 'b'.repeat(8_000) } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('b'.repeat(8_000));
  });

  it('answers 431 to headers over the limit', async () => {
    const answer = await rawExchange(host.port, `GET / HTTP/1.1\r\nHost: h\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`);
    expect(statusOf(answer)).toBe(431);
  });

  it('answers 408 to headers and bodies that come too slowly, and never invokes', async () => {
    const slowHeaders = await openRaw(host.port);
    slowHeaders.write('GET / HTTP/1.1\r\nHost: h\r\n');
    const slowBody = await openRaw(host.port);
    slowBody.write('POST /echo HTTP/1.1\r\nHost: h\r\nX-Request-Id: slow-body\r\nContent-Length: 10\r\n\r\nabc');
    expect(statusOf(await slowHeaders.closed())).toBe(408);
    expect(statusOf(await slowBody.closed())).toBe(408);
    expect(host.logs().some((line) => line['requestId'] === 'slow-body')).toBe(false);
  });

  it('answers a request although the next one on its connection comes too slowly', async () => {
    const connection = await openRaw(host.port);
    connection.write('GET /slow?ms=2500 HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\n');
    const answers = await connection.closed();
    expect(answers).toMatch(/^HTTP\/1\.1 200 [^]*after 2500$/);
  });

  it('answers 413 by Content-Length before anything is read', async () => {
    const connection = await openRaw(host.port);
    connection.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n');
    expect(statusOf(await connection.answers(1))).toBe(413);
    connection.socket.destroy();
  });

  it('answers 413 before 100 Continue, and 100 Continue where the body is welcome', async () => {
    const refused = await openRaw(host.port);
    refused.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n');
    expect(statusOf(await refused.answers(1))).toBe(413);
    expect(refused.received()).not.toContain('100 Continue');
    refused.socket.destroy();
    const welcome = await openRaw(host.port);
    welcome.write(
      'POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    await until('100 Continue', () => welcome.received().startsWith('HTTP/1.1 100 Continue'));
    welcome.write('hi');
    expect(await welcome.closed()).toMatch(/hi$/);
  });

  it('answers 417 to any other expectation', async () => {
    const answer = await rawExchange(
      host.port,
      'POST / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n',
    );
    expect(statusOf(answer)).toBe(417);
  });

  it('answers 413 while it reads a chunked body, the answer readable by a client that is still sending', async () => {
    const connection = await openRaw(host.port);
    connection.write('POST / HTTP/1.1\r\nHost: h\r\nX-Request-Id: chunked-413\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    for (let i = 0; i < 500 && !connection.socket.destroyed; i++) {
      if (!connection.socket.write(chunk))
        await Promise.race([once(connection.socket, 'drain'), once(connection.socket, 'close')]);
    }
    connection.write('0\r\n\r\n');
    expect(statusOf(await connection.closed())).toBe(413);
    expect(host.logs().some((line) => line['requestId'] === 'chunked-413')).toBe(false);
  });

  it('never invokes for an upload that is broken off', async () => {
    const connection = await openRaw(host.port);
    connection.write('POST /echo HTTP/1.1\r\nHost: h\r\nX-Request-Id: broken-off\r\nContent-Length: 10\r\n\r\nabc');
    connection.socket.end();
    await connection.closed();
    await fetch(host.url);
    expect(host.logs().some((line) => line['requestId'] === 'broken-off')).toBe(false);
  });

  it('answers the request before a broken one on the same connection, and closes', async () => {
    const first = 'GET /slow?ms=300 HTTP/1.1\r\nHost: h\r\nX-Request-Id: first\r\n\r\n';
    const answer = await rawExchange(host.port, `${first}GARBAGE\r\n\r\n`);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('X-Request-Id: first');
    expect(answer).toMatch(/after 300$/);
  });

  it('refuses CONNECT', async () => {
    const answer = await rawExchange(host.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    expect(statusOf(answer)).toBe(501);
  });

  it('serves HTTP/1.0', async () => {
    const answer = await rawExchange(host.port, 'GET /echo HTTP/1.0\r\n\r\n');
    expect(statusOf(answer)).toBe(200);
  });
});

describe('section 5: waiting for the function', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ env: { INVOCATION_MAX_IN_FLIGHT: '2', INVOCATION_MAX_QUEUE: '1' } });
  });
  afterAll(() => host.stop());

  it('answers 429 with Retry-After when the queue is full, and goes on with those that wait', async () => {
    const slow = Array.from({ length: 6 }, () => fetch(`${host.url}/slow?ms=500`));
    const statuses = (await Promise.all(slow)).map((answer) => [answer.status, answer.headers.get('retry-after')]);
    expect(statuses.filter(([status]) => status === 429).length).toBeGreaterThan(0);
    expect(statuses.filter(([status]) => status === 200).length).toBeGreaterThanOrEqual(3);
    for (const [status, retryAfter] of statuses) expect(retryAfter).toBe(status === 429 ? '1' : null);
  });

  it('ends the wait of a client that goes away, but not its invocation', async () => {
    const began = () => host.logs().filter((line) => line['msg'] === 'slow begins').length;
    const before = began();
    const busy = [0, 1].map((id) =>
      openRaw(host.port).then((connection) => {
        connection.write(`GET /slow?ms=5000 HTTP/1.1\r\nHost: h\r\nX-Request-Id: began-${id}\r\n\r\n`);
        return connection;
      }),
    );
    await until('both permits to be taken', () => began() === before + 2);
    const waiting = await openRaw(host.port);
    waiting.write(
      'POST /slow?ms=1 HTTP/1.1\r\nHost: h\r\nX-Request-Id: left\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    );
    await until('the host to want the body', () => waiting.received().includes('100 Continue'));
    waiting.write('x');
    await until('the queue to be full', async () => {
      const probe = await fetch(host.url, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
      return probe?.status === 429;
    });
    for (const connection of [waiting, ...(await Promise.all(busy))]) connection.socket.destroy();
    expect(await host.log((line) => line['requestId'] === 'left' && 'outcome' in line)).toMatchObject({
      outcome: 'expired',
    });
    for (const id of [0, 1]) {
      const end = await host.log((line) => line['requestId'] === `began-${id}` && 'outcome' in line);
      expect(end).toMatchObject({ outcome: 'succeeded' });
    }
    expect(began()).toBe(before + 2);
  });
});

describe('section 5: the deadline', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ env: { INVOCATION_TIMEOUT_MS: '1000' } });
  });
  afterAll(() => host.stop());

  it('answers 504 when it passes', async () => {
    expect((await fetch(`${host.url}/slow?ms=60000`)).status).toBe(504);
  });
});
