import { METHODS } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FACTOR, runs } from '../support/property-runs.js';
import { type Expectation, expectedExchange } from '../support/request-oracle.js';
import { HANDLERS, type Host, startHost } from '../support/start-host.js';
import { type StrictAnswer, StrictConnection, valuesOf } from '../support/strict-answers.js';

/** Bytes, one character each. */
const anyByte = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte));
const anyBytes = fc.string({ unit: anyByte, maxLength: 40 });

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH') },
  { weight: 2, arbitrary: fc.constantFrom(...METHODS) },
  { weight: 1, arbitrary: fc.constantFrom('get', 'FOO', 'PRI', 'X-Y', 'GE\u0000T', 'G\tT', '') },
);

const targetPart = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: fc.constantFrom(..."abcXYZ019/.-_~!$&'()*+,;=:@?&=?"), maxLength: 12 }) },
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => escaped(bytes)) },
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => escaped(Buffer.from(text))) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '%',
      '%2',
      '%zz',
      '%00',
      '%2F',
      '%2e%2e/',
      '/../',
      '//',
      '/./',
      '__proto__=1',
      'a=1&a=2',
      '%C3',
      '%A9',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: anyByte, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom('#x', ' ', '\\', '"<>', '{}|^`', '\u00c3', '\u00a9', '\u00c3\u00a9') },
);
const target = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('/') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('http://other:80', 'HTTPS://other/', 'http://', '*', '', 'x', '/robots.txt'),
      },
    ),
    fc.array(targetPart, { maxLength: 6 }),
  )
  .map(([start, parts]) => start + parts.join(''));

const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.string({ unit: fc.constantFrom(..."abcXYZ019-_!#$%&'*+.^`|~"), minLength: 1, maxLength: 12 }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '__proto__',
        'constructor',
        'Cookie',
        'cookie',
        'Set-Cookie',
        'etag',
        'X-A',
        'x-a',
        'x--b',
        '-',
        'User-Agent',
        'Age',
        'ce-id',
      ],
      ...[
        'X-Forwarded-For',
        'Trailer',
        'TE',
        'Keep-Alive',
        'Content-Type',
        'content-type',
        'Content-Encoding',
        'Upgrade',
        'Prefer',
      ],
      ...['Authorization', 'Authorization', 'From', 'Referer', 'traceparent', 'SCW-Functions-Token'],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a b', 'a:', '', ' a', 'a ', 'a\u0000', '\u00e9', 'a\t', '(x)', 'a/b', '"a"'),
  },
);
const legalValue = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...' \t,;="%'),
    fc
      .integer({ min: 0x21, max: 0xff })
      .filter((byte) => byte !== 0x7f)
      .map((byte) => String.fromCharCode(byte)),
  ),
  maxLength: 20,
});
const value = fc.oneof(
  { weight: 20, arbitrary: legalValue },
  { weight: 1, arbitrary: anyBytes },
  {
    weight: 1,
    arbitrary: fc.constantFrom('a\r\n b', 'a\nb: c', 'a\rb', '\u0000', '\u007f', 'a\r\n\tb', 'x\r\nInjected: 1'),
  },
);
const field = fc
  .tuple(name, fc.constantFrom(':', ': ', ':\t', ':  '), value, fc.constantFrom('', '', '', ' ', '\t '))
  .map(([left, colon, right, space]) => `${left}${colon}${right}${space}\r\n`);
/** Fields that say something to the host itself. */
const control = fc.constantFrom(
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Upgrade, x',
    'connection: x , CLOSE',
    'Expect: 100-continue',
  ],
  ...[
    'Expect: x',
    'SCW_TRIGGER_TYPE: kafka',
    'SCW_TRIGGER_TYPE:',
    'X-Request-Id: sane-1',
    'X-Request-Id: \u00e9"',
    'Host: b',
    'Host:',
  ],
  ...[
    'Content-Length: 0',
    'Content-Length: 3',
    'content-length: 03',
    'Content-Length: -1',
    'Content-Length: +1',
    'Content-Length: 1, 1',
  ],
  ...[
    'Content-Length: 99999999999999999999',
    'Content-Length:',
    'Content-Length: 0x1',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity',
  ],
  ...[
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked ;x',
    'Transfer-Encoding: Chunked',
  ],
  ...['Transfer-Encoding : chunked', 'Transfer-Encoding:', 'Content-Length : 3', 'Upgrade: websocket', ' folded'],
);
const host = fc.oneof(
  { weight: 12, arbitrary: fc.constant('Host: h\r\n') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'Host: a b\r\n',
      'Host: [::1]:80\r\n',
      'hOST:\r\n',
      'Host: a/b\r\n',
      'Host: \u00e9\r\n',
      'Host: a@b\r\n',
    ),
  },
);

const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('', '\ufeff', '\ufeffa', '\u0000', '\u2028', '{"a":"\\ud800"}', '"', '\r\n\r\n')
    .map((text) => Buffer.from(text)),
  fc
    .constantFrom([0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xc3])
    .map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 200_000 }).map((length) => Buffer.alloc(length, 'é')),
);

/** The fields, and the body as it goes over the wire, a character for each byte. */
type Framing = { head: string; body: string };
const noBody = fc.constant<Framing>({ head: '', body: '' });
const byLength = body.map<Framing>((bytes) => ({
  head: `Content-Length: ${bytes.length}\r\n`,
  body: bytes.toString('latin1'),
}));
const extension = fc.constantFrom('', '', '', '', ';a', ';a=b', ';a="b;c"', '; a = b', ';\u00e9', ' ', ';\u0000', 'x');
const chunked = fc
  .record({
    bytes: body,
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 }),
    size: fc.constantFrom(
      (length: number) => length.toString(16),
      (length: number) => length.toString(16).toUpperCase(),
      (length: number) => `00${length.toString(16)}`,
    ),
    extension: fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: extension }),
    trailer: fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: field }),
  })
  .map<Framing>(({ bytes, sizes, size, extension, trailer }) => {
    const parts: string[] = [];
    let rest = bytes.toString('latin1');
    for (const length of [...sizes, bytes.length]) {
      const chunk = rest.slice(0, length);
      rest = rest.slice(length);
      if (chunk.length > 0) parts.push(`${size(chunk.length)}${extension}\r\n${chunk}\r\n`);
    }
    return { head: 'Transfer-Encoding: chunked\r\n', body: `${parts.join('')}0${extension}\r\n${trailer}\r\n` };
  });

const request = fc
  .record({
    method,
    target,
    version: fc.oneof(
      { weight: 12, arbitrary: fc.constant('HTTP/1.1') },
      { weight: 2, arbitrary: fc.constant('HTTP/1.0') },
      { weight: 1, arbitrary: fc.constantFrom('HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/11', '', 'HTTP/0.9') },
    ),
    host,
    fields: fc.array(field, { maxLength: 6 }),
    control: fc.oneof(
      { weight: 5, arbitrary: fc.constant('') },
      { weight: 2, arbitrary: control.map((line) => `${line}\r\n`) },
    ),
    framing: fc.oneof(noBody, byLength, chunked),
  })
  .map(({ method, target, version, host, fields, control, framing }) =>
    [`${method} ${target} ${version}\r\n${host}${fields.join('')}${control}${framing.head}\r\n`, framing.body].join(''),
  );

/** Changes of single bytes, somewhere. */
const edits = fc.oneof(
  { weight: 5, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        at: fc.nat({ max: 400 }),
        removed: fc.nat({ max: 2 }),
        added: fc.oneof(fc.constantFrom('', '\r', '\n', '\r\n', ' ', ':', ';', '0', '\u0000'), anyByte),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
);

const CANARY = 'GET /canary?still=here HTTP/1.1\r\nHost: canary\r\nConnection: close\r\n\r\n';

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function escaped(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function edited(sent: string, changes: readonly { at: number; removed: number; added: string }[]): string {
  let text = sent;
  for (const { at, removed, added } of changes) {
    const place = at % (text.length + 1);
    text = text.slice(0, place) + added + text.slice(place + removed);
  }
  return text;
}

interface MirroredEvent {
  httpMethod: string;
  path: string;
  isBase64Encoded: boolean;
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  queryStringParameters: Record<string, string>;
  multiValueQueryStringParameters: Record<string, string[]>;
}

const sorted = <T>(map: Record<string, T>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
const lastOf = (map: readonly (readonly [string, string[]])[]) => map.map(([key, values]) => [key, values.at(-1)]);

/** Whether the answer is the one of the function; throws where it is another than the one expected. */
function check(answer: StrictAnswer, expected: Expectation): boolean {
  const refused = answer.status >= 400;
  if (refused) {
    // CONNECT alone is told that it is not implemented.
    expect([...Array.from({ length: 100 }, (_, index) => 400 + index), 501]).toContain(answer.status);
    expect(valuesOf(answer, 'x-request-id')).toHaveLength(1);
    expect(answer.body.toString()).not.toMatch(/FST_|HPE_|node:|ERR_/);
    if (expected.kind === 'served' && !expected.may)
      throw new Error(`a valid request was refused with ${answer.status}`);
    return false;
  }
  expect(answer.status).toBe(200);
  if (expected.kind === 'refused') throw new Error(`this was served, but is to be refused: ${expected.why}`);
  const { event } = expected;
  const mirrored = JSON.parse(Buffer.from(valuesOf(answer, 'x-event')[0] ?? '', 'base64').toString()) as MirroredEvent;
  expect({
    method: mirrored.httpMethod,
    path: mirrored.path,
    query: sorted(mirrored.multiValueQueryStringParameters),
    lastQuery: sorted(mirrored.queryStringParameters),
    headers: sorted(mirrored.multiValueHeaders),
    lastHeaders: sorted(mirrored.headers),
  }).toEqual({
    method: event.method,
    path: event.path,
    query: event.query,
    lastQuery: lastOf(event.query),
    headers: event.headers,
    lastHeaders: lastOf(event.headers),
  });
  if (event.method !== 'HEAD') expect(answer.body.equals(event.body)).toBe(true);
  return true;
}

describe('section 3: any request', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({
      env: {
        SCW_HANDLER_PATH: join(HANDLERS, 'mirror.cjs'),
        SCW_PAYLOAD_MAX_SIZE: '100000000',
        LOG_LEVEL: 'error',
      },
    });
  });
  afterAll(() => host.stop());

  async function exchange(bytes: Buffer, cuts: readonly number[]): Promise<void> {
    const { requests, incomplete, isPipelineOver } = expectedExchange(bytes);
    const connection = await StrictConnection.open(host.port);
    try {
      await connection.write(bytes, cuts);
      for (const [index, expected] of requests.entries()) {
        const isHead = expected.kind === 'served' ? expected.event.method === 'HEAD' : expected.toHead;
        const answer = await connection.answer(isHead);
        if (!answer) {
          // Where something broken comes behind it, only the first of what is answered at the time is owed an answer.
          expect(index, 'the connection was closed without an answer').toBeGreaterThan(0);
          expect(requests.slice(index).some(({ kind }) => kind === 'refused') || incomplete).toBe(true);
          return;
        }
        if (!check(answer, expected) && /^close$/i.test(valuesOf(answer, 'connection')[0] ?? '')) {
          if (isHead) return;
          break;
        }
      }
      if (incomplete || isPipelineOver) return;
      expect((await connection.closed()).toString('latin1')).toBe('');
    } finally {
      connection.socket.destroy();
    }
  }

  it(
    'comes back byte for byte from a function that mirrors it, or is refused with 4xx',
    { timeout: 60_000 * FACTOR },
    async () => {
      const cuts = fc.array(fc.nat({ max: 1_000 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(request, edits, cuts, (sent, changes, at) =>
          exchange(latin1(edited(sent, changes) + CANARY), at),
        ),
        runs(1_000),
      );
    },
  );
});
