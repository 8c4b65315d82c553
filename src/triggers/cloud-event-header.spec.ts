import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeaderValue } from './cloud-event-header.js';

describe('CloudEvents over HTTP, 3.1.3.2: the value of a header', () => {
  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41%42', 'AB'],
    ['a%2520b', 'a%20b'],
    ['plain text', 'plain text'],
    ['', ''],
  ])('decodes %j once', (value, decoded) => {
    expect(decodeHeaderValue(value)).toBe(decoded);
  });

  it.each([
    [String.raw`"a \"quoted\" \\ value"`, String.raw`a "quoted" \ value`],
    ['"with%20escapes"', 'with escapes'],
    ['""', ''],
  ])('takes the quotes off %j first', (value, decoded) => {
    expect(decodeHeaderValue(value)).toBe(decoded);
  });

  it.each(['"', '"open', '"a"b"', 'a "b" c', '"a\\"'])('leaves %j, which is no quoted string, as it is', (value) => {
    expect(decodeHeaderValue(value)).toBe(value);
  });

  it.each(['100%', '%zz', '%4', '5% of %', '%%4'])('keeps the percent sign of %j', (value) => {
    expect(decodeHeaderValue(value)).toBe(value);
  });

  it.each([
    ['an overlong encoding', '%C0%A0'],
    ['half a character', 'a%E2%82b'],
    ['a surrogate', '%ED%A0%80'],
    ['no UTF-8 at all', '%FF'],
  ])('takes %s for no value', (_title, value) => {
    expect(decodeHeaderValue(value)).toBeUndefined();
  });

  it.each(['a%0D%0Ab', '%00', '"%7F"', '%C2%85', '%EF%BF%BF'])(
    'takes %s for no value: no attribute may have that',
    (value) => {
      expect(decodeHeaderValue(value)).toBeUndefined();
    },
  );

  it('gives back whatever text was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeHeaderValue(encodeURIComponent(text))).toBe(text);
      }),
    );
  });

  it('never throws, and takes a value of 64 kB of quotes, escapes or percent signs', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => void decodeHeaderValue(value)));
    for (const part of ['"', '\\"', '%', '%41', '%F0']) {
      decodeHeaderValue(`"${part.repeat(65_536 / part.length)}`);
      decodeHeaderValue(`"${part.repeat(65_536 / part.length)}"`);
    }
  });
});
