import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHandlerResponse } from './handler-response.js';
import type { HandlerResponse } from './invocation-outcome.js';
import { Malformed } from './malformed.js';

function read(value: string | Buffer, contentType = ''): HandlerResponse | Malformed {
  return readHandlerResponse(Buffer.from(value as string), contentType);
}

function response(value: unknown): HandlerResponse {
  const result = read(JSON.stringify(value));
  if (result instanceof Malformed) throw new Error(result.message);
  return result;
}

function header(result: HandlerResponse, name: string): string[] {
  return result.headers.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);
}

describe('section 4: what the function returns', () => {
  it('takes status, headers and body of an object with a statusCode', () => {
    const result = response({ statusCode: 201, headers: { 'X-A': '1' }, body: 'hello' });
    expect(result.statusCode).toBe(201);
    expect(result.body).toBe('hello');
    expect(header(result, 'x-a')).toEqual(['1']);
  });

  it.each([199, 600, 0, -1, 200.5, '200', true, {}, [], 1e300])('refuses the statusCode %j', (statusCode) => {
    expect(read(JSON.stringify({ statusCode }))).toBeInstanceOf(Malformed);
  });

  it.each([200, 204, 299, 404, 599])('takes the statusCode %d', (statusCode) => {
    expect(response({ statusCode }).statusCode).toBe(statusCode);
  });

  it.each(['{"body":"x"}', '{"statusCode":null,"a":1}', '[1,2]', '{}'])(
    'gives %s whole, as JSON with status 200, since it has no statusCode',
    (text) => {
      expect(read(text)).toEqual({
        statusCode: 200,
        headers: ['Content-Type', 'application/json'],
        body: Buffer.from(text),
      });
    },
  );

  it.each(['hello', '', '42', '"quoted"', 'null', '{broken', '{"statusCode":200'])(
    'gives the text %j whole, with status 200',
    (text) => {
      expect(read(text, 'text/plain')).toEqual({
        statusCode: 200,
        headers: ['Content-Type', 'text/plain; charset=utf-8'],
        body: Buffer.from(text),
      });
    },
  );

  it('tells the number 42 from the text 42 by the content type of the sub-runtime', () => {
    expect(read('42', 'application/json')).toMatchObject({ headers: ['Content-Type', 'application/json'] });
  });

  it('gives bytes that are no UTF-8 whole, as application/octet-stream', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x7b]);
    expect(readHandlerResponse(bytes, 'application/json')).toEqual({
      statusCode: 200,
      headers: ['Content-Type', 'application/octet-stream'],
      body: bytes,
    });
  });

  it('gives any other JSON value as body in the exact bytes that the function produced', () => {
    const body = '{ "n": 1.00, "big": 12345678901234567890, "e": 1e2, "s": "}\\"\\\\" , "a": [1, {"b":2}] }';
    const result = read(`{"statusCode": 200, "x": {"body": 1}, "body" : ${body} , "z": "\\"body\\": 2"}`);
    expect(result).toMatchObject({ body, headers: ['Content-Type', 'application/json'] });
  });

  it('takes the last of several members with one name, as JSON.parse does', () => {
    expect(read('{"statusCode":200,"body":[1],"body":[2]}')).toMatchObject({ body: '[2]' });
  });

  it('finds the body behind an escaped name', () => {
    expect(read('{"statusCode":200,"b\\u006fdy":7.0}')).toMatchObject({ body: '7.0' });
  });

  it.each([
    ['text', 'text/plain; charset=utf-8'],
    [{ a: 1 }, 'application/json'],
    [null, 'application/json'],
    [undefined, 'text/plain; charset=utf-8'],
  ])('gives the body %j the content type %s', (body, contentType) => {
    expect(header(response({ statusCode: 200, body }), 'content-type')).toEqual([contentType]);
  });

  it('keeps the content type that the function gives, whatever its case', () => {
    const result = response({ statusCode: 200, headers: { 'content-type': 'text/html' }, body: 'x' });
    expect(header(result, 'content-type')).toEqual(['text/html']);
  });

  it('decodes base64 with the flag, as application/octet-stream', () => {
    const bytes = Buffer.from([0, 1, 254, 255]);
    const result = response({ statusCode: 200, body: bytes.toString('base64'), isBase64Encoded: true });
    expect(result.body).toEqual(bytes);
    expect(header(result, 'content-type')).toEqual(['application/octet-stream']);
  });

  it.each(['a', 'ab=c', 'ab!=', '----', '____', 'YWI', 'YQ==YQ==', '=AAA', '\u0141\u0141\u0141\u0141', 'YQ=\u013d'])(
    'refuses the base64 %j with the flag',
    (body) => {
      expect(read(JSON.stringify({ statusCode: 200, body, isBase64Encoded: true }))).toBeInstanceOf(Malformed);
    },
  );

  it('refuses the flag where the body is no string', () => {
    expect(read('{"statusCode":200,"body":{},"isBase64Encoded":true}')).toBeInstanceOf(Malformed);
  });

  it('sends every item of an array of header values', () => {
    const result = response({ statusCode: 200, headers: { 'Set-Cookie': ['a=1', 'b=2'] } });
    expect(header(result, 'set-cookie')).toEqual(['a=1', 'b=2']);
  });

  it('lets multiValueHeaders count where a name stands in both maps', () => {
    const result = response({
      statusCode: 200,
      headers: { 'x-a': '1', 'x-b': '2' },
      multiValueHeaders: { 'X-A': ['3', '4'] },
    });
    expect(header(result, 'x-a')).toEqual(['3', '4']);
    expect(header(result, 'x-b')).toEqual(['2']);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Trailer',
    'Proxy-Connection',
    'Content-Length',
  ])('drops %s', (name) => {
    expect(header(response({ statusCode: 200, headers: { [name]: 'chunked' } }), name.toLowerCase())).toEqual([]);
  });

  it('drops what Connection names', () => {
    const result = response({ statusCode: 200, headers: { 'X-Hop': '1', Connection: 'close, x-hop', 'X-B': '2' } });
    expect(result.headers).toEqual(['X-B', '2', 'Content-Type', 'text/plain; charset=utf-8']);
  });

  it('gives the default content type where Connection names the one of the function', () => {
    const result = response({ statusCode: 200, headers: { 'Content-Type': 'a/b', Connection: 'content-type' } });
    expect(result.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8']);
  });

  it('refuses headers of more than 64 KiB, which clients and proxies refuse', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x-${index}`, 'value']));
    expect(read(JSON.stringify({ statusCode: 200, headers: many }))).toBeInstanceOf(Malformed);
  });

  it.each([
    { 'X-A': 'a\r\nX-B: 1' },
    { 'X-A': 'a\u0000' },
    { 'X-A': '\u20ac' },
    { 'X A': '1' },
    { '': '1' },
    { 'X-A\r\n': '1' },
    { 'X-A': null },
    { 'X-A': { b: 1 } },
    { 'X-A': ['ok', 'a\nb'] },
    'text',
    ['X-A'],
  ])('refuses the headers %j, which HTTP cannot carry', (headers) => {
    expect(read(JSON.stringify({ statusCode: 200, headers }))).toBeInstanceOf(Malformed);
  });

  it('sends numbers and booleans as their text', () => {
    expect(header(response({ statusCode: 200, headers: { 'X-N': 5, 'X-B': true } }), 'x-n')).toEqual(['5']);
  });

  it('reads only own properties', () => {
    expect(read('{"__proto__":{"statusCode":201}}')).toMatchObject({ statusCode: 200 });
    expect(read('{"statusCode":200,"__proto__":{"body":"x"}}')).toMatchObject({ body: '' });
  });

  it('gives for any JSON value either a response or says that it is malformed', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const result = read(json);
        if (result instanceof Malformed) expect(result.message).not.toBe('');
        else expect(header(result, 'content-type')).toHaveLength(1);
      }),
    );
  });

  it('gives back any JSON body in its bytes', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (body, other) => {
        fc.pre(typeof JSON.parse(body) !== 'string');
        expect(read(`{"statusCode":200,"a":${other},"body":${body},"b":${other}}`)).toMatchObject({ body });
      }),
    );
  });
});
