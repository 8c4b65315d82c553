import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FACTOR, runs } from '../support/property-runs.js';
import { type ExpectedAnswer, permittedAnswers } from '../support/response-oracle.js';
import { type Host, ROOT, startHost } from '../support/start-host.js';
import { type StrictAnswer, StrictConnection, valuesOf } from '../support/strict-answers.js';

const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r\n');

/** JSON as text: what `JSON.stringify` would never write is among it. */
const { json } = fc.letrec<{ json: string; array: string; object: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    fc.constantFrom(
      '0',
      '-0',
      '1.00',
      '1e2',
      '1E+2',
      '12345678901234567890',
      '0.1000',
      '1e400',
      '-1e-400',
      '9007199254740993',
    ),
    fc.oneof(fc.integer().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
    fc.constantFrom(
      '"\\ud800"',
      '"\\udc00\\ud800"',
      '"\\u0000"',
      '"\\/"',
      '"\\uD83D\\uDE00"',
      '"\u2028\ufeff"',
      '"\\\\"',
      '"\\\\\\""',
      '"},]"',
    ),
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(fc.array(tie('json'), { maxLength: 4 }), space)
    .map(([items, gap]) => `[${gap}${items.join(`${gap},`)}]`),
  object: fc
    .tuple(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom('body', 'statusCode', '__proto__', ''), fc.string()), tie('json')), {
        maxLength: 4,
      }),
      space,
    )
    .map(([members, gap]) =>
      objectOf(
        members.map(([key, text]) => [JSON.stringify(key), text]),
        gap,
      ),
    ),
}));

type Member = readonly [key: string, value: string];

function objectOf(members: readonly Member[], gap: string): string {
  return `${gap}{${gap}${members.map(([key, value]) => `${key}${gap}:${gap}${value}${gap}`).join(',')}}${gap}`;
}

/** A key may be written in many ways. */
const keyOf = (name: string) =>
  fc.constantFrom(...[0, 0, 0, 1].map((level) => (level ? `"${escapeFirst(name)}"` : JSON.stringify(name))));

function escapeFirst(name: string): string {
  return `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
}

const status = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 200, max: 599 }).map(String) },
  { weight: 4, arbitrary: fc.constantFrom('200', '204', '205', '304', '2e2', '200.0', '599', '301', '206') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '199',
      '600',
      '100',
      '101',
      '0',
      '-200',
      '200.5',
      '1e400',
      '"200"',
      'null',
      '[200]',
      '599.0000000000000001',
    ),
  },
  { weight: 1, arbitrary: json },
);

const headerName = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom(
      ...[
        'X-A',
        'x-a',
        'X-B',
        'Set-Cookie',
        'set-cookie',
        'Content-Type',
        'content-type',
        'ETag',
        'Date',
        'Server',
        'Vary',
        '__proto__',
        '0',
      ],
      ...[
        'Connection',
        'Content-Length',
        'Transfer-Encoding',
        'transfer-encoding',
        'Keep-Alive',
        'TE',
        'Trailer',
        'Upgrade',
        'Proxy-Connection',
      ],
      ...[
        'X-Request-Id',
        'Access-Control-Allow-Origin',
        'access-control-allow-headers',
        'Location',
        'Retry-After',
        'constructor',
      ],
    ),
  },
  {
    weight: 3,
    arbitrary: fc.string({ unit: fc.constantFrom(..."abcXYZ09-_!#$%&'*+.^`|~"), minLength: 1, maxLength: 10 }),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'a b', 'a:', '\u00e9', 'a\r\nb', ' a', 'a\u0000', 'HTTP/1.1 200 OK') },
);
const headerText = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.string({
      unit: fc.oneof(
        fc.constantFrom(...' \t,;"'),
        fc
          .integer({ min: 0x21, max: 0xff })
          .filter((code) => code !== 0x7f)
          .map((code) => String.fromCharCode(code)),
      ),
      maxLength: 12,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'close',
      'x-a',
      'X-B, content-type',
      'chunked',
      '3',
      '0',
      'text/html',
      'a=1; Path=/',
      '',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'a\r\nInjected: 1',
      'a\nb',
      '\u0000',
      '\u20ac',
      '\ud800',
      '\u007f',
      'a\r',
      '\u2028',
      '\u0100',
    ),
  },
);
const headerValue = fc.oneof(
  { weight: 8, arbitrary: headerText.map((text) => JSON.stringify(text)) },
  { weight: 3, arbitrary: fc.array(headerText, { maxLength: 3 }).map((texts) => JSON.stringify(texts)) },
  { weight: 1, arbitrary: json },
);
const headers = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.array(fc.tuple(headerName, headerValue), { maxLength: 5 }), space).map(([members, gap]) =>
      objectOf(
        members.map(([key, text]) => [JSON.stringify(key), text]),
        gap,
      ),
    ),
  },
  { weight: 1, arbitrary: json },
);

const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.constantFrom(
    '',
    'YQ==',
    'YQ',
    'YR==',
    'YQ=',
    '=',
    '====',
    'YQ==YQ==',
    'Y Q=',
    'YW\r\nJj',
    '_-8=',
    '/+8=',
    'a\u00e9==',
    'YWJj\n',
  ),
  fc.base64String(),
);
const body = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => JSON.stringify(text)) },
  { weight: 3, arbitrary: base64.map((text) => JSON.stringify(text)) },
  { weight: 4, arbitrary: json },
);
const flag = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('true', 'false') }, { weight: 1, arbitrary: json });

const memberOf = (name: string, value: fc.Arbitrary<string>) => fc.tuple(keyOf(name), value);
const member: fc.Arbitrary<Member> = fc.oneof(
  { weight: 3, arbitrary: memberOf('headers', headers) },
  { weight: 2, arbitrary: memberOf('multiValueHeaders', headers) },
  { weight: 4, arbitrary: memberOf('body', body) },
  { weight: 2, arbitrary: memberOf('isBase64Encoded', flag) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('"__proto__"', '"cookies"', '"Body"', '"body "', '""'), json) },
  { weight: 1, arbitrary: memberOf('statusCode', status) },
);

/** What a function returned; and the text of its body, where it is known. */
interface Returned {
  readonly bytes: Buffer;
  readonly bodyText?: string | undefined;
}

const response = fc
  .tuple(memberOf('statusCode', status), fc.array(member, { maxLength: 5 }), fc.nat({ max: 5 }), space)
  .map(([first, others, place, gap]): Returned => {
    const members = others.toSpliced(place, 0, first);
    const bodyText = members.findLast(([key]) => JSON.parse(key) === 'body')?.[1].trim();
    return { bytes: Buffer.from(objectOf(members, gap)), bodyText };
  });
/** Close to a response, but for a character. */
const damaged = fc
  .tuple(
    response,
    fc.nat({ max: 200 }),
    fc.nat({ max: 1 }),
    fc.constantFrom('', '"', '}', ',', '\\', ' ', '0', '\u0000', '\ufeff'),
  )
  .map(([{ bytes }, at, removed, added]): Returned => {
    const text = bytes.toString();
    const place = at % (text.length + 1);
    return { bytes: Buffer.from(text.slice(0, place) + added + text.slice(place + removed)) };
  });
const returned: fc.Arbitrary<Returned> = fc.oneof(
  { weight: 10, arbitrary: response },
  { weight: 3, arbitrary: damaged },
  { weight: 2, arbitrary: json.map((text) => ({ bytes: Buffer.from(text) })) },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => ({ bytes: Buffer.from(JSON.stringify(value)) })) },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => ({ bytes: Buffer.from(bytes) })) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => ({ bytes: Buffer.from(text) })) },
);
const contentType = fc.constantFrom(
  'application/json',
  'application/json',
  'text/plain; charset=utf-8',
  '',
  'application/problem+json',
  'application/octet-stream',
);
const method = fc.oneof({ weight: 5, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.constant('HEAD') });

/** Headers of the connection and of the host, which no function has a say in. */
const OF_THE_HOST = new Set(['connection', 'keep-alive', 'content-length', 'x-request-id']);

function headersOf(answer: StrictAnswer, isDateGiven: boolean): string[] {
  return answer.headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !OF_THE_HOST.has(name) && (isDateGiven || name !== 'date'))
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
}

/** What is compared; of a body whose characters are not known the value. */
function facts(answer: Pick<ExpectedAnswer, 'status' | 'body'>, headers: readonly string[], isGuess: boolean) {
  const { status, body } = answer;
  return { status, headers, body: isGuess ? JSON.stringify(JSON.parse(body.toString())) : body.toString('latin1') };
}

function check(answer: StrictAnswer, sent: Returned, type: string, isHead: boolean): void {
  const permitted = permittedAnswers(sent.bytes, type, sent.bodyText);
  const answers = permitted.filter((expected) => expected !== undefined);
  expect(valuesOf(answer, 'x-request-id')).toHaveLength(1);
  if (answer.status === 502 && permitted.includes(undefined)) {
    expect(answer.body.toString()).toMatch(isHead ? /^$/ : /^The function gave no valid response: .+\.$/);
    return;
  }
  const candidates = answers.map((expected) => {
    const { isGuess = false, headers } = expected;
    const isDateGiven = headers.some(([name]) => name === 'date');
    const given = headers.map(([name, value]) => `${name}: ${value}`).sort();
    const body = isHead ? Buffer.alloc(0) : expected.body;
    return {
      expected: facts({ ...expected, body }, given, isGuess && !isHead),
      got: facts(answer, headersOf(answer, isDateGiven), isGuess && !isHead),
    };
  });
  if (candidates.some(({ expected, got }) => isDeepStrictEqual(expected, got))) return;
  const [first] = candidates;
  expect(first?.got ?? answer).toEqual(first?.expected ?? 'answered with 502, since it is malformed');
}

describe('section 4: any JSON that a function returns', () => {
  let host: Host;
  let connection: StrictConnection;
  beforeAll(async () => {
    host = await startHost({
      env: {
        SCW_RUNTIME_BINARY: process.execPath,
        SCW_RUNTIME_BRIDGE: join(ROOT, 'test/fixtures/verbatim-sub-runtime.cjs'),
        SCW_HANDLER_PATH: '/any',
        LOG_LEVEL: 'fatal',
      },
    });
  });
  afterAll(async () => {
    connection.socket.destroy();
    await host.stop();
  });

  it(
    'gives a valid answer, the one of the contract, on a connection that goes on',
    { timeout: 60_000 * FACTOR },
    async () => {
      connection = await StrictConnection.open(host.port);
      await fc.assert(
        fc.asyncProperty(returned, contentType, method, async (sent, type, verb) => {
          if (connection.socket.destroyed) connection = await StrictConnection.open(host.port);
          try {
            const request = Buffer.from(JSON.stringify({ type, base64: sent.bytes.toString('base64') }));
            const head = `${verb} / HTTP/1.1\r\nHost: h\r\nContent-Length: ${request.length}\r\n\r\n`;
            await connection.write(Buffer.concat([Buffer.from(head), request]));
            const answer = await connection.answer(verb === 'HEAD');
            expect(answer, 'the connection was closed').toBeDefined();
            check(answer as StrictAnswer, sent, type, verb === 'HEAD');
          } catch (error) {
            connection.socket.destroy();
            throw error;
          }
        }),
        runs(1_000),
      );
    },
  );
});
