import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INSIDE } from '../support/raw-answers.js';
import { HANDLERS, type Host, startHost, workerPids } from '../support/start-host.js';

/** What to do with one request; see the fixture. */
interface Wish {
  readonly echo?: string;
  readonly parts?: readonly (string | number)[];
  readonly repeat?: string;
  readonly greeting?: string;
}

const LIMIT = 100_000;
let host: Host;
let workers: number[];
beforeAll(async () => {
  host = await startHost({
    env: {
      SCW_RUNTIME_BINARY: process.execPath,
      SCW_RUNTIME_BRIDGE: join(HANDLERS, 'hostile-sub-runtime.cjs'),
      SCW_HANDLER_PATH: '/any',
      INVOCATION_TIMEOUT_MS: '2000',
      INVOCATION_MAX_RESPONSE_SIZE: String(LIMIT),
    },
  });
  workers = await workerPids(host);
});
afterAll(() => host.stop());

async function ask(wish: Wish): Promise<{ status: number; text: string; requestId: string | null }> {
  const answer = await fetch(host.url, { method: 'POST', body: JSON.stringify(wish), redirect: 'manual' });
  return { status: answer.status, text: await answer.text(), requestId: answer.headers.get('x-request-id') };
}

let nonces = 0;

/** Requests that must each get their own answer, several at a time. */
async function expectGood(count = 4): Promise<void> {
  const texts = Array.from({ length: count }, () => `nonce ${++nonces}`);
  const answers = await Promise.all(texts.map((echo) => ask({ echo })));
  expect(answers.map(({ status, text }) => [status, text])).toEqual(texts.map((text) => [200, text]));
}

/** The answer to a hostile one among good ones, all of which get their own, as do those after it. */
async function amongGood(wish: Wish): Promise<{ status: number; text: string }> {
  const [answer] = await Promise.all([ask(wish), expectGood()]);
  expect(answer.requestId).toMatch(/\S/);
  if (answer.status >= 400) expect(answer.text).not.toMatch(INSIDE);
  await expectGood(1);
  await expectGood();
  return answer;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const good = (text: string) => `${OK}Content-Length: ${text.length}\r\n\r\n${text}`;

describe('section 4: a sub-runtime whose answer is no HTTP', () => {
  it.each<[string, ...string[]]>([
    ['garbage', 'garbage\r\n\r\n'],
    ['bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['another protocol', 'ICY 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['HTTP/2', 'HTTP/2 200\r\ncontent-length: 2\r\n\r\nok'],
    ['HTTP/0.9', 'ok', 'end'],
    ['the request itself', 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok'],
    ['no status', 'HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['a status below 100', 'HTTP/1.1 020 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['lines that end in line feeds', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok', 'end'],
    ['an empty line before it', `\r\n${good('ok')}`],
    ['a NUL in a header', `${OK}X: a\0b\r\nContent-Length: 2\r\n\r\nok`],
    ['a folded header', `${OK}X: a\r\n b\r\nContent-Length: 2\r\n\r\nok`],
    ['a space before a colon', `${OK}Content-Length : 2\r\n\r\nok`],
    ['a length and chunks', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk`],
    ['a list of lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`],
    ['a length below zero', `${OK}Content-Length: -1\r\n\r\nok`],
    ['a length in hex', `${OK}Content-Length: 0x2\r\n\r\nok`],
    ['another coding', `${OK}Transfer-Encoding: gzip\r\n\r\nok`, 'end'],
    ['chunks of something else', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['a chunk without a size', `${CHUNKED}\r\nok\r\n0\r\n\r\n`],
    ['a chunk of a size below zero', `${CHUNKED}-2\r\nok\r\n0\r\n\r\n`],
    ['a chunk of a size in prefixed hex', `${CHUNKED}0x2\r\nok\r\n0\r\n\r\n`],
    ['a chunk beyond all sizes', `${CHUNKED}fffffffffffffffff\r\nok\r\n0\r\n\r\n`],
    ['a chunk that is too short', `${CHUNKED}3\r\nok\r\n0\r\n\r\n`],
    ['a chunk that is too long', `${CHUNKED}1\r\nok\r\n0\r\n\r\n`],
    ['a chunk whose size ends in a line feed', `${CHUNKED}2\nok\r\n0\r\n\r\n`],
    ['a chunk whose data end in a line feed', `${CHUNKED}2\r\nok\n0\r\n\r\n`],
    ['an extension with a carriage return', `${CHUNKED}2;a\rb\r\nok\r\n0\r\n\r\n`],
    ['a trailer that ends in a line feed', `${CHUNKED}2\r\nok\r\n0\r\nX: y\n\r\n`],
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['nothing but 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n', 'end'],
    ['a header of 20 kB', `${OK}X: ${'x'.repeat(20_000)}\r\nContent-Length: 2\r\n\r\nok`],
    ['2000 headers', `${OK}${'X: yyyyy\r\n'.repeat(2_000)}Content-Length: 2\r\n\r\nok`],
    ['a length that it does not keep', `${OK}Content-Length: 9\r\n\r\nok`, 'end'],
    ['chunks without a last one', `${CHUNKED}2\r\nok\r\n`, 'end'],
  ])('is answered 502 to %s, and nobody else notices', async (_title, ...parts) => {
    expect((await amongGood({ parts })).status).toBe(502);
  });

  it.each<[string, Wish]>([
    ['headers', { parts: [OK], repeat: `X: ${'y'.repeat(500)}\r\n` }],
    ['one header', { parts: [`${OK}X: `], repeat: 'y'.repeat(500) }],
    ['a status line', { parts: ['HTTP/1.1 200 '], repeat: 'O'.repeat(500) }],
    ['early hints', { repeat: 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' }],
    ['100 Continue', { repeat: 'HTTP/1.1 100 Continue\r\n\r\n' }],
    ['a body', { parts: [`${OK}\r\n`], repeat: 'x'.repeat(5_000) }],
    ['chunks', { parts: [CHUNKED], repeat: `1388\r\n${'x'.repeat(5_000)}\r\n` }],
    ['one chunk', { parts: [`${CHUNKED}fffffff\r\n`], repeat: 'x'.repeat(5_000) }],
    ['an extension', { parts: [`${CHUNKED}2;`], repeat: 'x'.repeat(500) }],
    ['trailers', { parts: [`${CHUNKED}2\r\nok\r\n0\r\n`], repeat: 'X: y\r\n'.repeat(50) }],
    [
      'a body longer than its limit',
      { parts: [`${OK}Content-Length: ${LIMIT + 1}\r\n\r\n`], repeat: 'x'.repeat(5_000) },
    ],
  ])('is answered 502 to %s without end, at once', async (_title, wish) => {
    expect((await amongGood(wish)).status).toBe(502);
  });
});

describe('section 4: a sub-runtime that closes in the midst', () => {
  it.each([
    ['with a length', good('hello')],
    ['in chunks', `${CHUNKED}3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n`],
    ['after early hints', `HTTP/1.1 103 E\r\nLink: x\r\n\r\n${good('hello')}`],
  ])('of an answer %s is answered 502, at whatever byte, in order or not', async (_title, answer) => {
    // Up to its empty line a head might be one of a body that ends with the connection.
    for (let length = 0; length < answer.length; length += 4) {
      const lengths = [0, 1, 2, 3].map((more) => length + more).filter((each) => each < answer.length);
      const answers = await Promise.all(
        lengths.flatMap((each) => ['end', 'destroy'].map((how) => ask({ parts: [answer.slice(0, each), how] }))),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
      await expectGood(2);
    }
    expect(await ask({ parts: [answer] })).toMatchObject({ status: 200, text: 'hello' });
  });
});

describe('section 4: a sub-runtime whose status is another', () => {
  it.each([300, 301, 302, 303, 307, 308, 400, 401, 404, 407, 413, 429, 499, 501, 502, 503, 504, 599, 600, 999])(
    'than 2xx and 500 is answered 502: %d',
    async (status) => {
      const part = `HTTP/1.1 ${status} X\r\nRetry-After: 0\r\nContent-Length: 6\r\n\r\nsecret`;
      const answer = await amongGood({ parts: [part] });
      expect([answer.status, answer.text.includes('secret')]).toEqual([502, false]);
    },
  );

  it('such as a redirect is not followed', async () => {
    const count = async () => Number((await ask({ parts: ['HTTP/1.0 200 OK\r\n\r\n{requests}', 'end'] })).text);
    const before = await count();
    for (const status of [301, 302, 303, 307, 308]) {
      const part = `HTTP/1.1 ${status} X\r\nLocation: ${host.url}/followed\r\nContent-Length: 0\r\n\r\n`;
      expect((await ask({ parts: [part] })).status).toBe(502);
    }
    expect(await count()).toBe(before + 6);
  });

  it.each([
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nspoil', 200],
    ['204 in chunks', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nspoil\r\n0\r\n\r\n', 200],
    ['204 without a length', 'HTTP/1.1 204 No Content\r\n\r\nspoil', 200],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nspoil', 502],
    ['a good answer', `${good('')}spoil`, 200],
    ['a good answer, which is another', good('') + good('spoil'), 200],
    ['a good answer in chunks', `${CHUNKED}0\r\n\r\n${good('spoil')}`, 200],
  ])('with a body behind %s spoils no other answer', async (_title, part, status) => {
    // Cut within the answer: what came once it was complete would be taken for the answer to whoever has the connection then.
    for (const parts of [[part], [part.slice(0, -8), 1, part.slice(-8)], [part.slice(0, -8), 30, part.slice(-8)]]) {
      const answer = await amongGood({ parts });
      expect([answer.status, answer.text.includes('spoil')]).toEqual([status, false]);
    }
  });

  it('never has a second answer taken for that of another request', async () => {
    for (const pauseMs of [0, 1, 20]) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          ask({ parts: [good(`own ${index}`) + good('spoil'), pauseMs, good('spoil')] }),
        ),
      );
      expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 8 }, (_, index) => `own ${index}`));
      await expectGood(8);
    }
  });
});

describe('section 4: a sub-runtime that speaks before it is asked', () => {
  it('is answered 502 where that is no answer, and is served again when it stops', async () => {
    const other = async (parts: string[]) => (await ask({ greeting: '220 hello\r\n\r\n', parts })).status;
    // The greeting is for connections that are made later, and those that are there are used up.
    expect(await other([good('ok'), 'end'])).toBe(200);
    const statuses = new Set<number>();
    for (let i = 0; i < 3; i++) statuses.add((await ask({ greeting: '', parts: ['', 'end'] })).status);
    expect(statuses).toEqual(new Set([502]));
    await expectGood();
  });
});

describe('section 4: a sub-runtime that is slow', () => {
  const drip = (text: string, pauseMs: number) => [...text].flatMap((byte) => [byte, pauseMs]);

  it.concurrent.each([
    ['with a length', good('hello')],
    ['in chunks', `${CHUNKED}3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX: y\r\n\r\n`],
    ['after early hints', `HTTP/1.1 103 E\r\nLink: x\r\n\r\n${good('hello')}`],
  ])('has its answer %s taken, however small its pieces', async (_title, text) => {
    expect(await ask({ parts: drip(text, 2) })).toMatchObject({ status: 200, text: 'hello' });
  });

  it.concurrent.each<[string, Wish]>([
    ['nothing', { parts: [] }],
    ['a head byte by byte', { parts: [OK, ...drip('X-Slow: 1234567890', 500)] }],
    ['a body byte by byte', { parts: [`${OK}Content-Length: 9\r\n\r\n`, ...drip('12345678', 500)] }],
    ['chunks byte by byte', { parts: [CHUNKED, ...drip('1\r\na\r\n1\r\nb\r\n', 500)] }],
    [
      'early hints now and then',
      { parts: drip('abcdefgh', 500).map((part) => (part === 500 ? part : 'HTTP/1.1 103 E\r\n\r\n')) },
    ],
    ['a body that ends with the connection, which does not end', { parts: [`${OK}\r\n`, 'some'] }],
    ['its answer just too late', { parts: [2_300, good('late')] }],
  ])('is answered 504 at the deadline where it sends %s', async (_title, { parts = [] }) => {
    // The permit stays with an answer that is late, so each of them comes to an end.
    const { status, text } = await ask({ parts: [...parts, 3_000, 'end'] });
    expect(status).toBe(504);
    expect(text).not.toMatch(INSIDE);
    await expectGood();
  });

  it('gives nobody its late answer', async () => {
    const late = await Promise.all(Array.from({ length: 6 }, () => ask({ parts: [2_100, good('late')] })));
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([504]));
    for (let round = 0; round < 20; round++) await expectGood(6);
  });
});

it('section 7: no sub-runtime was ended for any of it', async () => {
  expect(await workerPids(host)).toEqual(workers);
});
