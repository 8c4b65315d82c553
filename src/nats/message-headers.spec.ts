import { describe, expect, it } from 'vitest';
import { headers } from '@nats-io/transport-node';
import { headerText, messageSize, type MessageHeaders, toMessageHeaders } from './message-headers.js';

const library = await import('@nats-io/transport-node');

describe('message headers', () => {
  it('keep several values of a name', () => {
    const encoded = toMessageHeaders(
      [
        ['A', '1'],
        ['B', '2'],
        ['A', '3'],
      ] as const,
      library,
    );
    expect(encoded.values('A')).toEqual(['1', '3']);
    expect(encoded.values('B')).toEqual(['2']);
  });

  it.each<[string, MessageHeaders, string | Buffer]>([
    ['no header', [], 'body'],
    [
      'headers',
      [
        ['Status', '200'],
        ['Content-Type', ' text/plain '],
      ],
      Buffer.from([1, 2, 3]),
    ],
    [
      'repeated and non-ASCII values',
      [
        ['A', 'ä'],
        ['A', ''],
      ],
      'ü',
    ],
  ])('section 8: are counted for max_payload to the byte: %s', (_what, list, body) => {
    // The encoder is no part of the library's public types; of no header at all it writes nothing.
    const encoder = toMessageHeaders(list, library) as ReturnType<typeof headers> & { encode(): Uint8Array };
    const encoded = list.length === 0 ? 'NATS/1.0\r\n\r\n'.length : encoder.encode().length;
    expect(messageSize(list, body)).toBe(encoded + Buffer.byteLength(body));
  });

  it('have values of one line', () => {
    expect(headerText('  one\r\ntwo\u0000\tthree\n')).toBe('one two \tthree');
    expect(headerText('x'.repeat(2_000))).toBe(`${'x'.repeat(1_024)}...`);
  });
});
