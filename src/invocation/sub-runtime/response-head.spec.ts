import { describe, expect, it } from 'vitest';
import { readResponseHead } from './response-head.js';

const head = (...lines: string[]) => readResponseHead(lines.join('\r\n'));

describe('section 4: the head of an answer', () => {
  it.each<[string[], object]>([
    [['HTTP/1.1 200 OK', 'Content-Length: 5'], { statusCode: 200, framing: { kind: 'length', length: 5 } }],
    [['HTTP/1.1 200', 'content-length:5'], { framing: { kind: 'length', length: 5 } }],
    [['HTTP/1.1 200 ', 'TRANSFER-ENCODING: Chunked'], { framing: { kind: 'chunked' } }],
    [['HTTP/1.1 200 OK'], { framing: { kind: 'until-close' }, keepAliveMs: 0 }],
    [['HTTP/1.1 204 No Content'], { framing: { kind: 'length', length: 0 }, keepAliveMs: Infinity }],
    [['HTTP/1.1 304 Not Modified', 'Content-Length: 9'], { framing: { kind: 'length', length: 0 }, keepAliveMs: 0 }],
    [['HTTP/1.1 204 OK', 'Transfer-Encoding: chunked'], { framing: { kind: 'length', length: 0 }, keepAliveMs: 0 }],
    [['HTTP/1.1 204 OK', 'Content-Length: 0'], { framing: { kind: 'length', length: 0 }, keepAliveMs: Infinity }],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', 'Content-Type: \ttext/plain '], { contentType: 'text/plain' }],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', 'Content-Type: a', 'Content-Type: b'], { contentType: 'a' }],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', '__proto__: x', 'constructor: y'], { contentType: '' }],
  ])('%j', (lines, expected) => {
    expect(head(...lines)).toMatchObject(expected);
  });

  it.each<[string[], number]>([
    [['HTTP/1.1 200 OK', 'Content-Length: 0'], Infinity],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', 'Connection: keep-alive', 'Keep-Alive: timeout=5, max=100'], 5_000],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', 'Connection: x , Close'], 0],
    [['HTTP/1.1 200 OK', 'Content-Length: 0', 'Connection: x', 'Connection: close'], 0],
    [['HTTP/1.0 200 OK', 'Content-Length: 0'], 0],
    [['HTTP/1.0 200 OK', 'Content-Length: 0', 'Connection: keep-alive'], Infinity],
  ])('%j may idle for %d ms', (lines, milliseconds) => {
    expect(head(...lines)?.keepAliveMs).toBe(milliseconds);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
    ['the same length twice', 'Content-Length: 5\r\nContent-Length: 5'],
    ['a list of lengths', 'Content-Length: 5, 5'],
    ['a negative length', 'Content-Length: -5'],
    ['a signed length', 'Content-Length: +5'],
    ['a length in hex', 'Content-Length: 0x5'],
    ['an empty length', 'Content-Length:'],
    ['a length beyond all numbers', `Content-Length: ${'9'.repeat(30)}`],
    ['a length and a coding', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['another coding', 'Transfer-Encoding: gzip, chunked'],
    ['chunked twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['a space before the colon', 'Content-Length : 5'],
    ['a folded line', 'X: a\r\n b'],
    ['no colon', 'X'],
    ['no name', ': x'],
    ['a line feed alone', 'X: a\nContent-Length: 5'],
    ['a carriage return alone', 'X: a\rContent-Length: 5'],
    ['a NUL', 'X: a\0'],
  ])('is refused with %s', (_name, lines) => {
    expect(head('HTTP/1.1 200 OK', lines)).toBeUndefined();
  });

  it.each([
    '',
    'garbage',
    'HTTP/1.1 OK',
    'HTTP/1.1 99 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'http/1.1 200 OK',
    ' HTTP/1.1 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 200 O\0K',
  ])('is refused with the status line %j', (line) => {
    expect(head(line)).toBeUndefined();
  });

  it.each([`X:${' '.repeat(16_000)}\x01`, `Connection: x${' '.repeat(16_000)}y`])('is read in no time: %#', (line) => {
    const began = performance.now();
    head('HTTP/1.1 200 OK', line);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('knows no chunks in HTTP/1.0', () => {
    expect(head('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked')).toBeUndefined();
  });
});
