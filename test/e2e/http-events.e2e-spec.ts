import { METHODS, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRaw, rawExchange } from '../support/raw-http.js';
import { type Host, startHost } from '../support/start-host.js';

interface Echo {
  event: {
    [key: string]: unknown;
    path: string;
    headers: Record<string, string>;
    multiValueHeaders: Record<string, string[]>;
    requestContext: Record<string, unknown>;
  };
  context: Record<string, unknown>;
}

describe('section 3: HTTP events, through the real host', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({
      env: { SCW_APPLICATION_NAME: 'app', SCW_APPLICATION_VERSION: '1.2.3', SCW_APPLICATION_MEMORY: '256' },
    });
  });
  afterAll(() => host.stop());

  async function echo(path: string, init?: RequestInit): Promise<Echo> {
    return (await (await fetch(host.url + path, init)).json()) as Echo;
  }

  it('gives method, path, query, headers and body to the function', async () => {
    const { event } = await echo('/echo/../x%20y?a=1&a=2&b', {
      method: 'POST',
      body: 'hello',
      headers: { 'x-one': '1' },
    });
    expect(event).toMatchObject({
      resource: 'http',
      httpMethod: 'POST',
      body: 'hello',
      isBase64Encoded: false,
      queryStringParameters: { a: '2', b: '' },
      multiValueQueryStringParameters: { a: ['1', '2'], b: [''] },
      pathParameters: {},
      stageVariables: {},
    });
    expect(event.headers).toMatchObject({ 'X-One': '1', Host: `127.0.0.1:${host.port}` });
    expect(event.requestContext).toMatchObject({
      eventType: 'http',
      triggerName: 'http',
      stage: '',
      httpMethod: 'POST',
    });
    expect((event.requestContext['identity'] as { sourceIp: string }).sourceIp).toBe('127.0.0.1');
  });

  it('gives the context, with deadline and attempt', async () => {
    const before = Date.now();
    const { event, context } = await echo('/echo');
    expect(context).toMatchObject({
      memoryLimitInMb: 256,
      memoryInMb: 256,
      functionName: 'app',
      functionVersion: '1.2.3',
      requestId: event.requestContext['requestId'],
      attempt: 1,
    });
    expect(context['deadline']).toBeGreaterThanOrEqual(before + 300_000);
    expect(context['deadline']).toBeLessThanOrEqual(Date.now() + 300_000);
  });

  it('never normalises the path', async () => {
    const answer = await rawExchange(
      host.port,
      'GET /echo/.././/a%2Fb?x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain('"path":"/echo/.././/a/b"');
  });

  it.each(METHODS.filter((method) => !['CONNECT', 'HEAD'].includes(method)))(
    'takes the method %s, with a body',
    async (method) => {
      const text = await new Promise<string>((resolve, reject) => {
        const request = httpRequest(
          `${host.url}/echo`,
          { method, headers: { 'content-length': 2, connection: 'close' } },
          (response) => {
            let body = '';
            response.on('data', (chunk: Buffer) => (body += chunk.toString()));
            response.on('end', () => resolve(body));
          },
        );
        request.on('error', reject);
        request.end('hi');
      });
      expect((JSON.parse(text) as Echo).event).toMatchObject({ httpMethod: method, body: 'hi' });
    },
  );

  it.each([
    ['no content type', undefined],
    ['an odd content type', 'odd'],
    ['an empty JSON type', 'application/json'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
  ])('gives a body with %s as it is', async (_title, contentType) => {
    const body = '{"not": json';
    const answer = await fetch(`${host.url}/body`, {
      method: 'POST',
      body: new TextEncoder().encode(body),
      headers: contentType ? { 'content-type': contentType } : {},
    });
    expect(await answer.text()).toBe(body);
  });

  it('takes an empty body of type application/json', async () => {
    const { event } = await echo('/echo', { method: 'POST', headers: { 'content-type': 'application/json' } });
    expect(event['body']).toBe('');
  });

  it('gives any body back byte-exact through an echo function', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        const answer = await fetch(`${host.url}/body`, { method: 'PUT', body: bytes });
        expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 60 },
    );
  });

  it('gives a body of the full payload limit, binary too', async () => {
    const bytes = Buffer.alloc(6_291_456, 0xfe);
    const answer = await fetch(`${host.url}/body`, { method: 'POST', body: bytes });
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('takes chunked bodies', async () => {
    const answer = await rawExchange(
      host.port,
      'POST /body HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/\r\n\r\nhello$/);
  });

  it('drops no header of 3000', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `x-${index}: ${index}`).join('\r\n');
    const answer = await rawExchange(
      host.port,
      `GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${lines}\r\n\r\n`,
    );
    expect(answer).toContain('"X-2999":"2999"');
  });

  it('hands over a traceparent of the caller, and makes one where there is none that is valid', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { event } = await echo('/echo', { headers: { traceparent } });
    expect(event.headers['Traceparent']).toBe(traceparent);
  });

  it('section 1: has SCW_TRIGGER_TYPE mqtt give the body as the event, and answers "executed properly"', async () => {
    const answer = await fetch(`${host.url}/`, {
      method: 'POST',
      body: 'raw event',
      headers: { scw_trigger_type: 'mqtt' },
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'executed properly']);
  });

  it.each(['http', 'kafka', 'MQTT'])('refuses SCW_TRIGGER_TYPE %s with 400', async (type) => {
    const answer = await fetch(`${host.url}/`, { method: 'POST', body: 'x', headers: { scw_trigger_type: type } });
    expect(answer.status).toBe(400);
  });

  it('answers /favicon.ico and /robots.txt with 404, as the original does', async () => {
    expect((await fetch(`${host.url}/favicon.ico`)).status).toBe(404);
    expect((await fetch(`${host.url}/robots.txt`)).status).toBe(404);
  });

  it('answers pipelined requests in their order', async () => {
    const connection = await openRaw(host.port);
    connection.write(
      'POST /slow?ms=100 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\nGET /slow?ms=1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    );
    const text = await connection.closed();
    expect(text.indexOf('after 100')).toBeGreaterThan(0);
    expect(text.indexOf('after 1\n') === -1 && text.lastIndexOf('after 1')).toBeGreaterThan(text.indexOf('after 100'));
  });
});
