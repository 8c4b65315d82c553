import fc from 'fast-check';
import { headers as newHeaders } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { isTraceHeader } from '../invocation/trace-context.js';
import { type DeadLetter, letterHeaders, readLetterHeaders } from './dead-letter.js';

const letter: DeadLetter = {
  function: 'shop',
  trigger: 'nats',
  type: 'nats',
  reason: 'failed',
  deliveries: 5,
  attempt: 5,
  lastOutcome: 'failed',
  lastStatus: 500,
  lastError: 'thrown on purpose',
  lastAt: '2026-01-01T00:00:00.000Z',
  subject: 'orders.new',
  stream: 'ORDERS',
  sequence: 7,
  consumer: 'shop-nats',
  publishedAt: '2026-01-01T00:00:00.000Z',
  requestId: 'ORDERS-7',
  handler: 'handle',
  format: 'scaleway',
  truncated: undefined,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** Over the wire and back, by the client library: it trims values and keeps names apart by their case. */
function overTheWire(headers: ReturnType<typeof letterHeaders>): [string, string[]][] {
  const sent = newHeaders();
  for (const [name, value] of headers) sent.append(name, value);
  const encoded = (sent as unknown as { encode(): Uint8Array }).encode();
  const { decode } = sent.constructor as unknown as { decode(bytes: Uint8Array): Iterable<[string, string[]]> };
  return [...decode(encoded)];
}

/** What ADR-4 allows as a name; those that are dangerous for us more often than chance would have it. */
const name = fc.oneof(
  fc.stringMatching(/^[!-9;-~]{1,20}$/),
  fc.constantFrom(
    'Nats-Msg-Id',
    'nats-expected-stream',
    'Tributary-Reason',
    'tributary-REASON',
    'Tributary-Kept-Headers',
    'Tributary-Truncated',
    'Tributary-Of-My-Own',
    'Tributary-Traceparent',
    'traceparent',
    'Tracestate',
    '__proto__',
    'constructor',
    '7',
  ),
);
/** As the library gives them: without line breaks and without white space around. */
const value = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, '').trim());
const own = fc.uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
  selector: ([name]) => name,
  maxLength: 12,
});

describe('section 8: the headers of a dead letter', () => {
  it('bring back any headers of the message, in their order', () => {
    fc.assert(
      fc.property(own, (headers) => {
        const sent = overTheWire(letterHeaders(letter, headers));
        const hasTrace = headers.some(([name]) => isTraceHeader(name));
        const { traceparent } = letter;
        expect(readLetterHeaders(sent)).toEqual({
          letter: { ...letter, traceparent: hasTrace ? undefined : traceparent },
          own: headers,
        });
        if (!hasTrace) expect(sent.filter(([name]) => isTraceHeader(name))).toEqual([['traceparent', [traceparent]]]);
      }),
    );
  });

  it('bring back any letter', () => {
    const text = fc.string({ unit: 'binary' });
    const members = fc.record({
      function: text,
      trigger: text,
      reason: text,
      subject: fc.string({ unit: 'grapheme', maxLength: 3_000, size: 'max' }),
      stream: text,
      consumer: text,
      requestId: text,
      handler: text,
      format: text,
      sequence: fc.nat(),
      attempt: fc.option(fc.nat(), { nil: undefined }),
      lastStatus: fc.option(fc.nat(), { nil: undefined }),
      truncated: fc.option(text, { nil: undefined }),
    });
    fc.assert(
      fc.property(members, (changed) => {
        const written = { ...letter, ...changed };
        expect(readLetterHeaders(overTheWire(letterHeaders(written, [])))?.letter).toEqual(written);
      }),
    );
  });

  it('tell errors in one line of at most 1024 characters', () => {
    const headers = new Map(letterHeaders({ ...letter, lastError: `a\r\n\u0007b${'x'.repeat(2_000)}` }, []));
    expect(headers.get('Tributary-Last-Error')).toMatch(/^a bx{1000,1020}\.\.\.$/);
  });

  it('hold no Nats-* header, which would command the server', () => {
    const names = letterHeaders(letter, [
      ['nats-rollup', ['all']],
      ['Nats-Msg-Id', ['1']],
    ]).map(([name]) => name);
    expect(names.filter((name) => /^nats-/i.test(name))).toEqual([]);
  });

  it.each([
    [[]],
    [[['X', ['1']]]],
    [[['Tributary-Stream', ['S']]]],
    [
      [
        ['Tributary-Stream', ['S']],
        ['Tributary-Trigger', ['t']],
        ['Tributary-Sequence', ['x']],
      ],
    ],
  ] as [[string, string[]][]][])('are not those of %j', (headers) => {
    expect(readLetterHeaders(headers)).toBeUndefined();
  });

  it.each(['', '{', '{}', '[5]', '[[0,"A"]]', '[["0","A",["1"]]]', '[[0,"A",[1]]]'])(
    'lack what was kept where somebody has spoiled it: %s',
    (kept) => {
      const headers = [
        ...overTheWire(letterHeaders(letter, [])),
        ['Tributary-Kept-Headers', [kept]] as [string, string[]],
      ];
      expect(readLetterHeaders(headers)).toEqual({ letter, own: [] });
    },
  );
});
