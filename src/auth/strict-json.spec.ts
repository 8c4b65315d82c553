import { describe, expect, it } from 'vitest';
import { ownMember, parseStrictObject } from './strict-json.js';

const bytes = (text: string) => Buffer.from(text, 'utf8');

describe('the JSON of a token', () => {
  it('section 6: an object is read', () => {
    expect(parseStrictObject(bytes(' {"alg":"RS256","é":"日本"} '))).toEqual({ alg: 'RS256', é: '日本' });
  });

  it.each([
    '',
    ' ',
    '{',
    '{"a":1}}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":01}',
    '{a:1}',
    '{"a":1}\0',
    '// {}\n{}',
  ])('section 6: what is no JSON is refused: %j', (text) => expect(parseStrictObject(bytes(text))).toBeUndefined());

  it.each(['null', 'true', '1', '"a"', '[]', '[{"a":1}]'])(
    'section 6: JSON that is no object is refused: %s',
    (text) => {
      expect(parseStrictObject(bytes(text))).toBeUndefined();
    },
  );

  it('section 6: bytes that are no UTF-8 are refused, not replaced', () => {
    expect(parseStrictObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });

  it('section 6: an overlong form of UTF-8 is refused', () => {
    expect(parseStrictObject(Buffer.from([0x7b, 0x22, 0xc1, 0xa1, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });

  it('section 6: UTF-16 is refused', () => {
    expect(parseStrictObject(Buffer.from('{"a":1}', 'utf16le'))).toBeUndefined();
  });

  it('section 6: a byte order mark is refused', () => {
    expect(parseStrictObject(bytes('\u{feff}{"a":1}'))).toBeUndefined();
  });

  it('section 6: a name that stands twice in one object is refused', () => {
    expect(parseStrictObject(bytes('{"alg":"none","alg":"RS256"}'))).toBeUndefined();
  });

  it.each(['[]', '{}'])('section 6: a nesting of 500 is read and a deeper one refused, made of %s', ([open, close]) => {
    const ofDepth = (depth: number) => {
      const inner = open === '[' ? '['.repeat(depth - 1) : '{"a":'.repeat(depth - 1);
      return parseStrictObject(bytes(`{"x":${inner}1${String(close).repeat(depth - 1)}}`));
    };
    expect(ofDepth(500)).toBeDefined();
    for (const depth of [501, 5_000, 100_000]) expect(ofDepth(depth)).toBeUndefined();
  });

  it('section 6: a member that is only inherited is none', () => {
    const object = parseStrictObject(bytes('{"__proto__":{"alg":"RS256"}}')) ?? {};
    expect(ownMember(object, 'alg')).toBeUndefined();
    expect(ownMember(object, 'constructor')).toBeUndefined();
    expect(ownMember(Object.create({ alg: 'RS256' }), 'alg')).toBeUndefined();
  });
});
