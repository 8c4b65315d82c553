import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseReader } from './response-reader.js';

const MAX = 100;

/** Feeds a response in pieces of these sizes, each of them overwritten once it was read, as the shared buffer is. */
function read(response: string | Buffer, sizes: readonly number[] = [], maxSize = MAX) {
  const bytes = Buffer.from(response as string, 'latin1');
  const reader = new ResponseReader(maxSize);
  let state = 'more';
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (state !== 'more' || at >= bytes.length) break;
    const piece = Buffer.from(bytes.subarray(at, at + size));
    state = reader.read(piece);
    piece.fill('#');
    at += size;
  }
  const { head, hasExcess } = reader;
  return { state, status: head?.statusCode, hasExcess, body: reader.collected().toString('latin1'), reader };
}

const OK = 'HTTP/1.1 200 OK\r\n';

describe('section 4: an answer', () => {
  it.each([
    ['of a length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello'],
    ['of no length', `${OK}Content-Length: 0\r\n\r\n`, ''],
    ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x="y"\r\nlo\r\n0\r\n\r\n`, 'hello'],
    [
      'in chunks, with a trailer',
      `${OK}Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n000\r\nX: y\r\n\r\n`,
      '0123456789',
    ],
    [
      'after others',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nLink: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      'ok',
    ],
  ])('%s is the same in whatever pieces it comes', (_name, response, body) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (sizes) => {
        expect(read(response, sizes)).toMatchObject({ state: 'complete', status: 200, body, hasExcess: false });
      }),
    );
    expect(read(response, Array<number>(response.length).fill(1))).toMatchObject({ state: 'complete', body });
  });

  it('that is not complete is waited for', () => {
    expect(read(`${OK}Content-Length: 5\r\n\r\nhell`).state).toBe('more');
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`).state).toBe('more');
    expect(read(OK).state).toBe('more');
  });

  it('until the connection closes is complete then, and no other is', () => {
    expect(read(`${OK}\r\nhello`).reader.end()).toBe('complete');
    expect(read(`${OK}Content-Length: 5\r\n\r\nhell`).reader.end()).toBe('more');
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`).reader.end()).toBe('more');
    expect(read(OK).reader.end()).toBe('more');
  });

  it('with more behind it is complete, and says so', () => {
    expect(read(`${OK}Content-Length: 2\r\n\r\nokHTTP`)).toMatchObject({
      state: 'complete',
      body: 'ok',
      hasExcess: true,
    });
    const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!`;
    expect(read(chunked)).toMatchObject({ state: 'complete', body: 'ok', hasExcess: true });
  });

  it.each([
    ['a length', `${OK}Content-Length: 101\r\n\r\n`],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n`],
    ['a body until the connection closes', `${OK}\r\n${'x'.repeat(101)}`],
  ])('over the limit, by %s, is refused as soon as that is known', (_name, response) => {
    expect(read(response).state).toBe('too-large');
    expect(read(response, [30, 30, 30]).state).toBe('too-large');
  });

  it('up to the limit is taken', () => {
    expect(read(`${OK}Content-Length: 100\r\n\r\n${'x'.repeat(100)}`).state).toBe('complete');
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n64\r\n${'x'.repeat(100)}\r\n0\r\n\r\n`).state).toBe('complete');
  });

  it.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a head that does not end', `${OK}X: ${'x'.repeat(17_000)}`],
    ['a head that is too long', `${OK}X: ${'x'.repeat(17_000)}\r\n\r\n`],
    ['answers before it without end', 'HTTP/1.1 103 E\r\n\r\n'.repeat(17)],
    ['a chunk without a size', `${OK}Transfer-Encoding: chunked\r\n\r\n\r\n`],
    ['a chunk of a size in no hex', `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a chunk of a signed size', `${OK}Transfer-Encoding: chunked\r\n\r\n-1\r\n`],
    ['a chunk of a size beyond all limits', `${OK}Transfer-Encoding: chunked\r\n\r\n123456789\r\n`],
    ['a chunk longer than its size', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n`],
    ['a size that ends in a line feed alone', `${OK}Transfer-Encoding: chunked\r\n\r\n1\no\r\n`],
    ['an extension without end', `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(5_000)}`],
    ['a trailer without end', `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'X: y\r\n'.repeat(101)}`],
  ])('with %s is refused', (_name, response) => {
    expect(read(response).state).toBe('invalid');
    expect(read(response, Array<number>(response.length).fill(7)).state).toBe('invalid');
  });

  it('of arbitrary bytes never throws, and never is more than its limit', () => {
    const parts = fc.constantFrom(
      OK,
      'HTTP/1.0 200 OK\r\n',
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      '\r\n',
      '3\r\n',
      'abc',
      '0\r\n\r\n',
      'X: y\r\n',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(parts, fc.string())), fc.array(fc.integer({ min: 1, max: 9 })), (texts, sizes) => {
        expect(read(texts.join(''), sizes, 5).body.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
