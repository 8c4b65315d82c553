import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersIn, expectPlain, type RawAnswer } from '../support/raw-answers.js';
import { rawExchange } from '../support/raw-http.js';
import { HANDLERS, type Host, startHost } from '../support/start-host.js';

const LIMIT = 2_000_000;
let host: Host;
beforeAll(async () => {
  host = await startHost({
    env: {
      SCW_RUNTIME_BINARY: process.execPath,
      SCW_RUNTIME_BRIDGE: join(HANDLERS, 'hostile-sub-runtime.cjs'),
      SCW_HANDLER_PATH: '/any',
      SCW_PAYLOAD_MAX_SIZE: String(10 * LIMIT),
      INVOCATION_MAX_RESPONSE_SIZE: String(LIMIT),
    },
  });
});
afterAll(() => host.stop());

let nonces = 0;

function post(method: string, wish: object, more = ''): string {
  const body = JSON.stringify(wish);
  return `${method} / HTTP/1.1\r\nHost: h\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/**
 * The answer to a result, which the sub-runtime gives as these bytes. The next request on the same connection gets its own
 * answer, and nothing comes before, between or after the two.
 */
async function answerTo(result: string | Buffer, method = 'POST'): Promise<RawAnswer> {
  const bytes = Buffer.from(result as string);
  const wish = { parts: [`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`, bytes.toString('latin1')] };
  const echo = `nonce ${++nonces}`;
  const text = await rawExchange(host.port, post(method, wish) + post('POST', { echo }, 'Connection: close\r\n'));
  const [answer, next, ...more] = answersIn(text, method === 'HEAD' ? [0] : []) as [RawAnswer, RawAnswer];
  expect([next.status, next.body, more]).toEqual([200, echo, []]);
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get('connection')).toBe('keep-alive');
  return answer;
}

async function expectMalformed(result: string | Buffer): Promise<void> {
  const answer = await answerTo(result);
  expect(answer.status).toBe(502);
  expectPlain(answer);
}

const object = (members: string) => `{"statusCode":200,${members}}`;
const withHeader = (name: string, value: unknown) =>
  JSON.stringify({ statusCode: 200, headers: { [name]: value }, body: 'b' });

describe('section 4: statuses', () => {
  it.each([
    ...[
      '100',
      '101',
      '102',
      '103',
      '199',
      '600',
      '999',
      '1000',
      '0',
      '-0',
      '-200',
      '200.5',
      '1e300',
      '1e400',
      '-1e400',
    ],
    ...['200.0000000001', '20000000000000000000000', '"200"', '"200 OK"', '"OK"', '""', '"\\u0000"', 'true', 'false'],
    ...['[]', '[200]', '{}', '{"valueOf":200}', '{"toString":"200"}', '{"__proto__":200}'],
  ])('of %s are malformed', (status) => expectMalformed(`{"statusCode":${status},"body":"x"}`));

  it.each([
    ['2e2', 200],
    ['201.0', 201],
    ['20100e-2', 201],
    ['599', 599],
    ['500,"statusCode":203', 203],
    ['"no","status\\u0043ode":203', 203],
  ])('of %s are %d', async (status, expected) => {
    expect(await answerTo(`{"statusCode":${status},"body":"x"}`)).toMatchObject({ status: expected, body: 'x' });
  });

  it.each([
    '{"statuscode":500}',
    '{"StatusCode":500}',
    '{"statusCode ":500}',
    '{"statusCode":null}',
    '[{"statusCode":500}]',
  ])('are not there in %s, which is sent whole', async (result) => {
    expect(await answerTo(result)).toMatchObject({ status: 200, body: result });
  });
});

describe('section 4: headers', () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  const wide = [0x100, 0x10a, 0x10d, 0x120, 0x13a, 0x2028, 0x560a, 0x560d, 0xd800, 0xdfff, 0xfeff, 0xff1a];

  it.each<[string, (character: string) => [string, unknown], RegExp]>([
    ['a value', (character) => ['X-A', `a${character}b`], /[\t\x20-\x7e\x80-\xff]/],
    ['one of several values', (character) => ['X-A', ['a', `${character}b`]], /[\t\x20-\x7e\x80-\xff]/],
    ['a name', (character) => [`X${character}A`, 'ab'], /[!#$%&'*+\-.^_`|~0-9A-Za-z]/],
  ])('are sent or malformed, for every character in %s', async (_where, header, allowed) => {
    for (let first = 0; first < codes.length + wide.length; first += 32) {
      await Promise.all(
        [...codes, ...wide].slice(first, first + 32).map(async (code) => {
          const character = String.fromCharCode(code);
          const [name, value] = header(character);
          const result = withHeader(name, value);
          if (!allowed.test(character) || code > 0xff) return expectMalformed(result);
          const answer = await answerTo(result);
          const expected = [value].flat().map((each) => String(each).replace(/^[\t ]/, ''));
          const got = (answer.headers.get(name.toLowerCase()) ?? '')
            .split('\n')
            .map((each) => each.replace(/^[\t ]/, ''));
          expect([code, answer.status, got, answer.body]).toEqual([code, 200, expected, 'b']);
        }),
      );
    }
  });

  it('are the same bytes, whatever the body is', async () => {
    for (const body of [
      { body: 'b' },
      { body: 'é' },
      { body: '' },
      { body: 'YQ==', isBase64Encoded: true },
      { body: ['é'] },
    ]) {
      const answer = await answerTo(JSON.stringify({ statusCode: 200, headers: { 'X-A': 'é\xff' }, ...body }));
      expect([body, answer.headers.get('x-a')]).toEqual([body, '\xe9\xff']);
    }
  });

  it.each([
    'Content-Length: 3',
    'Content-Length: 0',
    'Content-Length: 99999',
    'content-length: -1',
    'Transfer-Encoding: chunked',
    'TRANSFER-ENCODING: gzip, chunked',
    'Transfer-Encoding: identity',
    'Connection: close',
    'Connection: upgrade',
    'Keep-Alive: timeout=99999',
    'Trailer: X-A',
    'TE: trailers',
    'Upgrade: websocket',
    'Proxy-Connection: close',
  ])("about framing are the host's own, whatever the function says: %s", async (line) => {
    const [name = '', value = ''] = line.split(': ');
    for (const members of [
      { headers: { [name]: value } },
      { headers: { [name]: [value, value] } },
      { multiValueHeaders: { [name]: [value] } },
    ]) {
      const answer = await answerTo(JSON.stringify({ statusCode: 200, body: 'hello', ...members }));
      expect([answer.status, answer.body, answer.headers.get('content-length')]).toEqual([200, 'hello', '5']);
      for (const dropped of ['transfer-encoding', 'trailer', 'te', 'upgrade', 'proxy-connection']) {
        expect(answer.headers.has(dropped)).toBe(false);
      }
      expect(answer.headers.get('keep-alive')).toBe('timeout=72');
    }
  });

  it.each([204, 205, 304])('about framing do no harm with %d, which has no content', async (statusCode) => {
    for (const framing of [{}, { 'Content-Length': '5' }, { 'Transfer-Encoding': 'chunked' }]) {
      const answer = await answerTo(JSON.stringify({ statusCode, headers: framing, body: 'spoil' }));
      expect([answer.status, answer.body, answer.headers.has('transfer-encoding')]).toEqual([statusCode, '', false]);
    }
  });

  it('about framing do no harm with HEAD', async () => {
    for (const framing of [{}, { 'Content-Length': '99' }, { 'Transfer-Encoding': 'chunked' }]) {
      const answer = await answerTo(JSON.stringify({ statusCode: 200, headers: framing, body: 'spoil' }), 'HEAD');
      expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '5']);
    }
  });

  it('that Connection names are dropped, but for those of the host', async () => {
    const headers = { Connection: 'X-Request-Id, X-A, Content-Length, Date', 'X-A': '1', 'X-Request-Id': 'evil' };
    const answer = await answerTo(JSON.stringify({ statusCode: 200, headers, body: 'hello' }));
    expect([answer.headers.has('x-a'), answer.headers.get('content-length')]).toEqual([false, '5']);
  });

  it('called __proto__, constructor and the like are headers as any other', async () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', '__defineGetter__'];
    const members = names.map((name) => `${JSON.stringify(name)}:"1"`).join();
    for (const map of ['headers', 'multiValueHeaders']) {
      const answer = await answerTo(object(`"${map}":{${members}},"body":"b"`));
      expect(names.map((name) => answer.headers.get(name.toLowerCase()))).toEqual(['1', '1', '1', '1', '1']);
    }
  });

  it.each([
    '"headers":[]',
    '"headers":["X: y"]',
    '"headers":"X: y"',
    '"headers":5',
    '"headers":true',
    '"multiValueHeaders":"x"',
    '"headers":{"":"x"}',
    '"headers":{"X":null}',
    '"headers":{"X":{}}',
    '"headers":{"X":[[]]}',
    '"headers":{"X":[null]}',
    '"headers":{"X":{"toString":"y"}}',
    '"headers":{"X: y\\r\\nZ":"a"}',
    '"headers":{"__proto__":{"X":"y"}}',
  ])('such as %s are malformed', (members) => expectMalformed(object(members)));

  it('are sent by the thousand, up to 64 KiB', async () => {
    const count = 5_000;
    const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, 'v']));
    const answer = await answerTo(JSON.stringify({ statusCode: 200, headers: many, body: 'b' }));
    expect([answer.status, answer.headers.get(`x-${count - 1}`)]).toEqual([200, 'v']);
    const cookies = Array<string>(5_000).fill('a=b');
    const listed = await answerTo(JSON.stringify({ statusCode: 200, headers: { 'Set-Cookie': cookies }, body: 'b' }));
    expect(listed.headers.get('set-cookie')?.split('\n')).toEqual(cookies);
    await expectMalformed(withHeader('X-A', 'a'.repeat(66_000)));
    await expectMalformed(withHeader('X-A', Array<string>(20_000).fill('abc')));
    await expectMalformed(withHeader('X'.repeat(66_000), 'a'));
  });
});

describe('section 4: bodies', () => {
  it.each([
    ...[
      'a',
      'ab',
      'abc',
      '=',
      '==',
      '====',
      'YQ=',
      'YQ===',
      'YQ==YQ==',
      '=YQ=',
      'Y=Q=',
      'YW=I',
      'Y Q=',
      'YQ= ',
      ' YQ=',
      'YQ\t=',
    ],
    ...['-_8=', 'YQ-_', '****', 'YQ==\0', '\0\0\0\0', 'YQ=.', 'é===', 'éééé', '\u0141\u0141\u0141\u0141', 'YQ=\u013d'],
    ...['data:;base64,YQ==', '\ud800\ud800\ud800\ud800', 'YQ\u2028=', 'YQ==,YQ==', `${'A'.repeat(100_000)}*AAA`],
  ])('in base64 such as %j are malformed', (body) =>
    expectMalformed(JSON.stringify({ statusCode: 200, body, isBase64Encoded: true })),
  );

  it.each(['null', '5', 'true', '{}', '[]', '["YQ=="]'])(
    'with the flag for base64 that are no text are malformed: %s',
    (body) => expectMalformed(object(`"isBase64Encoded":true,"body":${body}`)),
  );

  it.each([
    ['"body":"YQ=="', 'YQ=='],
    ['"isBase64Encoded":"true","body":"YQ=="', 'YQ=='],
    ['"isBase64Encoded":1,"body":"YQ=="', 'YQ=='],
    ['"isBase64Encoded":true,"isBase64Encoded":false,"body":"YQ=="', 'YQ=='],
    ['"isBase64Encoded":true,"body":"YQ==\\n"', 'a'],
    ['"isBase64Encoded":true,"body":""', ''],
    ['"isBase64Encoded":true', ''],
    ['"body":1.000', '1.000'],
    ['"body":-0', '-0'],
    ['"body":1e400', '1e400'],
    ['"body":12345678901234567890.10', '12345678901234567890.10'],
    ['"body":null', 'null'],
    ['"body":[1,{"body":2}],"x":{"body":3}', '[1,{"body":2}]'],
    ['"body":1,"body":"2"', '2'],
    ['"body":"1","b\\u006fdy":{"a" : 2}', '{"a" : 2}'],
    ['"body":{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1},"constructor":2}'],
    ['"__proto__":{"body":"x","headers":{"X":"\\r"}}', ''],
    ['"constructor":{"prototype":{"body":"x"}},"hasOwnProperty":1,"toString":2,"body":"b"', 'b'],
    ['"body":"\\ud800"', '\ufffd'],
    ['"body":"a\\u0000b\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n"', 'a\0b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['"body":"\\ufeffb"', '\ufeffb'],
    ['"body":{"a":"\\ud800"}', '{"a":"\\ud800"}'],
  ])('of a response with %s are sent to the last byte', async (members, expected) => {
    const answer = await answerTo(object(members));
    expect([answer.status, Buffer.from(answer.body, 'latin1').toString()]).toEqual([200, expected]);
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'text/plain; charset=utf-8'],
    ['a byte order mark before JSON', '\ufeff{"statusCode":500}', 'text/plain; charset=utf-8'],
    ['JSON in UTF-16', Buffer.from('\ufeff{"statusCode":500}', 'utf16le'), 'application/octet-stream'],
    ['invalid UTF-8 in JSON', Buffer.from('{"statusCode":500,"body":"\xff"}', 'latin1'), 'application/octet-stream'],
    ['an overlong brace', Buffer.from([0xc1, 0xbb, 0x7d]), 'application/octet-stream'],
    ['a surrogate in UTF-8', Buffer.from('{"body":"\xed\xa0\x80"}', 'latin1'), 'application/octet-stream'],
    ['JSON that is cut off', '{"statusCode":500,"body":"x"', 'text/plain; charset=utf-8'],
    ['JSON with more behind it', '{"statusCode":500} {"statusCode":500}', 'text/plain; charset=utf-8'],
    ['JSON with a comment', '{"statusCode":500/**/}', 'text/plain; charset=utf-8'],
    ['JSON with a comma too many', '{"statusCode":500,}', 'text/plain; charset=utf-8'],
    ['JSON with NaN', '{"statusCode":NaN}', 'text/plain; charset=utf-8'],
    ['JSON in a list', '[{"statusCode":500}]', 'application/json'],
    ['JSON in a text', '"{\\"statusCode\\":500}"', 'text/plain; charset=utf-8'],
    ['another prototype', '{"__proto__":{"statusCode":500,"body":"x"}}', 'application/json'],
    ['an answer of HTTP', 'HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n', 'text/plain; charset=utf-8'],
    ['NULs', '\0'.repeat(1_000), 'text/plain; charset=utf-8'],
  ])('that are no response are sent whole: %s', async (_title, result, contentType) => {
    const answer = await answerTo(result);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType]);
    expect(Buffer.from(answer.body, 'latin1').equals(Buffer.from(result as string))).toBe(true);
  });

  it.each<[string, (open: string, close: string) => string]>([
    ['as the whole', (open, close) => open + close],
    ['as the body', (open, close) => object(`"body":${open}${close}`)],
    ['beside the body', (open, close) => object(`"x":${open}${close},"body":"b"`)],
    ['before the body', (open, close) => object(`"x":${open}${close},"body":[1]`)],
  ])('of JSON that is half a million deep are sent as any other, %s', async (_where, result) => {
    const depth = 500_000;
    const answer = await answerTo(result('['.repeat(depth), ']'.repeat(depth)));
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBeGreaterThan(0);
    const objects = await answerTo(result('{"a":'.repeat(100_000), `1${'}'.repeat(100_000)}`));
    expect(objects.status).toBe(200);
  });

  it('of 200,000 members, and the same one again and again, are sent as any other', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join();
    expect((await answerTo(object(`${many},"body":[2]`))).body).toBe('[2]');
    expect((await answerTo(object(`${'"body":[1],'.repeat(100_000)}"body":[2]`))).body).toBe('[2]');
  });

  it('over INVOCATION_MAX_RESPONSE_SIZE are malformed, to the byte', async () => {
    expect((await answerTo('x'.repeat(LIMIT))).body).toHaveLength(LIMIT);
    await expectMalformed('x'.repeat(LIMIT + 1));
  });
});

describe('section 4: what only JavaScript can return', () => {
  let own: Host;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hostile-results-'));
    const code = `
        const circular = { statusCode: 200 };
        circular.body = circular;
        const values = {
          circular,
          big: { statusCode: 200, body: 1n },
          getter: { get statusCode() { throw new Error('from the getter'); } },
          changing: { get statusCode() { return Math.random() < 2 ? 'no' : 200; } },
          toJSON: { toJSON() { return { statusCode: 201, body: 'from toJSON' }; } },
          throwing: { toJSON() { throw new Error('from toJSON'); } },
          proxy: new Proxy({}, { ownKeys() { throw new Error('from the proxy'); } }),
          symbol: Symbol('s'),
          function: () => 1,
          null: Object.assign(Object.create(null), { statusCode: 202, body: 'without a prototype' }),
          nan: { statusCode: NaN },
          date: { statusCode: new Date(0) },
          surrogate: { statusCode: 200, body: '\\ud800' },
          header: { statusCode: 200, headers: { x: 'a\\r\\nb: c' } },
        };
        exports.handle = (event) => values[event.body];
      `;
    writeFileSync(join(folder, 'weird.cjs'), code);
    own = await startHost({ env: { SCW_HANDLER_PATH: join(folder, 'weird.cjs') } });
  });
  afterAll(async () => {
    await own.stop();
    rmSync(folder, { recursive: true });
  });

  it.each<[string, number, RegExp]>([
    ['circular', 500, /^An error occurred during handler execution: /],
    ['big', 500, /BigInt/],
    ['getter', 500, /from the getter$/],
    ['changing', 502, /statusCode/],
    ['toJSON', 201, /^from toJSON$/],
    ['throwing', 500, /from toJSON$/],
    ['proxy', 500, /from the proxy$/],
    ['null', 202, /^without a prototype$/],
    ['nan', 200, /^\{"statusCode":null\}$/],
    ['date', 502, /statusCode/],
    ['surrogate', 200, /^\ufffd$/],
    ['header', 502, /header/],
  ])('such as %s is answered %d', async (name, status, text) => {
    const answer = await fetch(own.url, { method: 'POST', body: name });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(text)]);
    expect(answer.headers.get('b')).toBeNull();
  });
});
