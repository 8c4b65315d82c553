import { describe, expect, it } from 'vitest';
import { type HttpRequestParts, toHttpEvent } from './http.event.js';
import { parseTarget, type Target } from './http.target.js';

interface Event {
  [key: string]: unknown;
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  requestContext: Record<string, unknown>;
}

function eventOf(parts: Partial<HttpRequestParts> & { url?: string } = {}): Event {
  const request: HttpRequestParts = {
    method: 'POST',
    target: parseTarget(parts.url ?? '/', parts.method ?? 'GET') as Target,
    rawHeaders: [],
    body: Buffer.alloc(0),
    sourceIp: '192.0.2.1',
    requestId: 'r-1',
    triggerName: 'http',
    receivedAt: 1_700_000_000_000,
    claims: undefined,
    hiddenHeaders: new Set(),
    ...parts,
  };
  return JSON.parse(JSON.stringify(toHttpEvent(request))) as Event;
}

describe('section 3: the event of an HTTP request', () => {
  it('is the proxy event of the original', () => {
    const event = eventOf({
      url: '/a%20b/?x=1&x=2',
      rawHeaders: ['Host', 'h', 'user-agent', 'curl'],
      body: Buffer.from('hi'),
    });
    expect(event).toEqual({
      resource: 'http',
      path: '/a b/',
      httpMethod: 'POST',
      headers: { Host: 'h', 'User-Agent': 'curl' },
      multiValueHeaders: { Host: ['h'], 'User-Agent': ['curl'] },
      queryStringParameters: { x: '2' },
      multiValueQueryStringParameters: { x: ['1', '2'] },
      pathParameters: {},
      stageVariables: {},
      body: 'hi',
      isBase64Encoded: false,
      requestContext: {
        eventType: 'http',
        triggerName: 'http',
        requestId: 'r-1',
        accountId: '',
        resourceId: '',
        resourcePath: '',
        apiId: '',
        stage: '',
        httpMethod: 'POST',
        path: '/a b/',
        requestTimeEpoch: 1_700_000_000_000,
        identity: { sourceIp: '192.0.2.1', userAgent: 'curl' },
      },
    });
  });

  it("names headers in Go's canonical form, with the last value of each, and all of them", () => {
    const { headers, multiValueHeaders } = eventOf({
      rawHeaders: ['ETAG', 'a', 'x-multi-Value', '1', 'X-MULTI-VALUE', '2'],
    });
    expect(headers).toEqual({ Etag: 'a', 'X-Multi-Value': '2' });
    expect(multiValueHeaders['X-Multi-Value']).toEqual(['1', '2']);
  });

  it('keeps headers and parameters that are called like properties of objects', () => {
    const event = eventOf({ url: '/?__proto__=1&constructor=2', rawHeaders: ['__proto__', 'a', 'constructor', 'b'] });
    expect(Object.entries(event.headers)).toEqual([
      ['__proto__', 'a'],
      ['Constructor', 'b'],
    ]);
    expect(Object.entries(event['queryStringParameters'] as object)).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it.each([
    [Buffer.from('é€😀\u0000'), false],
    [Buffer.from('\ufeffbom'), false],
    [Buffer.from([0xff, 0xfe]), true],
    [Buffer.from([0xed, 0xa0, 0x80]), true],
    [Buffer.from('aGk='), false],
  ])('gives %j byte-exact: valid UTF-8 as text, anything else as base64', (body, isBase64Encoded) => {
    const event = eventOf({ body });
    expect(event['isBase64Encoded']).toBe(isBase64Encoded);
    expect(Buffer.from(event['body'] as string, isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
  });

  it('has the verified claims where a token was asked for', () => {
    expect(eventOf({ claims: { sub: 's' } }).requestContext['authorizer']).toEqual({ claims: { sub: 's' } });
    expect(eventOf().requestContext).not.toHaveProperty('authorizer');
  });

  it('section 6: hides the tokens of a private function', () => {
    const { headers, multiValueHeaders } = eventOf({
      rawHeaders: ['X-Auth-Token', 't', 'A', 'b'],
      hiddenHeaders: new Set(['x-auth-token']),
    });
    expect(headers).toEqual({ A: 'b' });
    expect(multiValueHeaders).toEqual({ A: ['b'] });
  });

  describe('that is a CloudEvent', () => {
    const binary = ['ce-specversion', '1.0', 'CE-ID', 'old', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];

    it('has it beside the body and the headers as they came, the last value of each counting', () => {
      const event = eventOf({ rawHeaders: [...binary, 'ce-subject', '%41'], body: Buffer.from(' {"a": 1}') });
      expect(event['cloudEvent']).toMatchObject({ specversion: '1.0', id: '1', subject: 'A', data: { a: 1 } });
      expect(event).toMatchObject({ body: ' {"a": 1}', headers: { 'Ce-Id': '1', 'Ce-Subject': '%41' } });
    });

    it('has it from a structured body', () => {
      const body = '{"specversion":"1.0","id":"1","source":"/s","type":"t"}';
      const event = eventOf({ rawHeaders: ['content-type', 'application/cloudevents+json'], body: Buffer.from(body) });
      expect(event['cloudEvent']).toEqual(JSON.parse(body));
      expect(event['body']).toBe(body);
    });

    it('has no such member where it is none', () => {
      expect(eventOf()).not.toHaveProperty('cloudEvent');
      expect(eventOf({ rawHeaders: binary.slice(0, -2) })).not.toHaveProperty('cloudEvent');
    });
  });

  it('takes the host of an absolute-form target for Host (RFC 9112, 3.2.2)', () => {
    expect(eventOf({ url: 'http://a.example/x', rawHeaders: ['Host', 'b'] }).headers['Host']).toBe('a.example');
  });
});
