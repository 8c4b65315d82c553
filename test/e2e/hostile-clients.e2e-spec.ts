import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { answersIn, expectPlain, type RawAnswer } from '../support/raw-answers.js';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { metricsOf, sumOf } from '../support/metrics.js';
import { openRaw, rawExchange, statusOf } from '../support/raw-http.js';
import { type RecordingHost, startRecorder } from '../support/recorder.js';
import { isHeld } from '../support/socket-state.js';
import { type Host, startHost, until } from '../support/start-host.js';
import { pkcs1Pem, rsaKeys } from '../support/tokens.js';

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
const close = 'Connection: close\r\n';
const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);

describe('section 5: clients that take their time', () => {
  let recorder: RecordingHost;
  beforeAll(async () => {
    recorder = await startRecorder({
      TRIGGER_HTTP_HEADERS_TIMEOUT_MS: '1000',
      TRIGGER_HTTP_REQUEST_TIMEOUT_MS: '1500',
    });
  });
  afterAll(() => recorder.host.stop());

  const head = (nonce: string) => `POST /${nonce} HTTP/1.1\r\nHost: h\r\n`;

  it.concurrent.each<[string, (nonce: string) => string, string]>([
    ['nothing at all', () => '', ''],
    ['an empty line now and then', () => '', '\r\n'],
    ['a part of a method', () => 'GE', ''],
    ['a path letter by letter', (nonce) => `GET /${nonce}`, 'a'],
    ['a header letter by letter', (nonce) => `${head(nonce)}X: `, 'a'],
    ['header after header', head, 'a: b\r\n'],
    ['a head without its end', (nonce) => `${head(nonce)}Content-Length: 0\r\n`, ''],
    ['a body byte by byte', (nonce) => `${head(nonce)}Content-Length: 9000\r\n\r\n`, 'a'],
    ['no body', (nonce) => `${head(nonce)}Content-Length: 3\r\n\r\n`, ''],
    ['no body after 100 Continue', (nonce) => `${head(nonce)}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`, ''],
    ['chunk after chunk', (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'],
    ['a size digit by digit', (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\n`, '0'],
    ['an extension letter by letter', (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\n1;`, 'a'],
    [
      'a chunk beyond all sizes',
      (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`,
      'a',
    ],
    ['trailer after trailer', (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n`, 'a: b\r\n'],
    ['no last line', (nonce) => `${head(nonce)}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n`, ''],
  ])('are answered 408 where they send %s, and reach no function', async (_title, beginning, drip) => {
    const nonce = recorder.nonce();
    const connection = await openRaw(recorder.host.port);
    connection.write(Buffer.from(beginning(nonce), 'latin1'));
    const dripping = setInterval(() => connection.write(drip), 100);
    const text = await connection.closed();
    clearInterval(dripping);
    const [answer] = answersIn(text.replace('HTTP/1.1 100 Continue\r\n\r\n', '')) as [RawAnswer];
    expect([answer.status, answer.headers.get('connection')]).toEqual([408, 'close']);
    expectPlain(answer);
    expect(await recorder.recorded(nonce)).toEqual([]);
  });

  it('section 5: nothing of them was invoked', async () => {
    expect(await recorder.recorded()).toEqual([]);
  });

  it('have what they asked before answered first', async () => {
    const { answers, events, nonce } = await recorder.exchange((own) => get(`/${own}?wait=4000`) + head(`${own}/late`));
    expect(statuses(answers)).toEqual([200]);
    expect(events.map(({ path }) => path)).toEqual([`/${nonce}`]);
  });
});

describe('section 5: clients that take nothing of a large answer', () => {
  /** Beyond what the operating system takes for both ends. */
  const BYTES = 16_000_000;
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ env: { TRIGGER_HTTP_REQUEST_TIMEOUT_MS: '1000' } });
  });
  afterAll(() => host.stop());

  /** A client that reads nothing until it is told to. */
  async function reluctant(requests: string): Promise<Socket> {
    const socket = connect(host.port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(requests);
    return socket;
  }
  const untilGivenUp = ({ localPort }: Socket) =>
    until('the host to give the client up', () => !isHeld(host.port, localPort as number));

  it('are given up after the time that a request may take', async () => {
    const clients = await Promise.all([
      reluctant(get(`/large?bytes=${BYTES}`)),
      reluctant(get(`/large?bytes=${BYTES}`, close)),
      reluctant(get(`/large?bytes=1000`) + get(`/large?bytes=${BYTES}`)),
      reluctant(get(`/slow?ms=10`) + get(`/large?bytes=${BYTES}`) + get(`/large?bytes=${BYTES}`)),
      reluctant(get('/large?bytes=200000').repeat(60)),
    ]);
    await Promise.all(clients.map(untilGivenUp));
    expect((await fetch(`${host.url}/large?bytes=1`)).status).toBe(200);
  });

  it('are not those that wait for a function, or keep a connection for later', async () => {
    const connection = await openRaw(host.port);
    connection.write(get(`/large?bytes=${BYTES}`));
    await until('the whole answer', () => connection.received().length > BYTES);
    connection.write(get('/slow?ms=3000', close));
    expect((await connection.closed()).slice(BYTES)).toMatch(/after 3000$/);
  });
});

describe('section 5: clients that break off', () => {
  let recorder: RecordingHost;
  beforeAll(async () => {
    recorder = await startRecorder();
  });
  afterAll(() => recorder.host.stop());

  const requests: Record<string, (nonce: string) => string> = {
    'with a length': (nonce) => `POST /${nonce} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789`,
    'in chunks': (nonce) =>
      `POST /${nonce} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n`,
    'in HTTP/1.0': (nonce) => `POST /${nonce} HTTP/1.0\r\nContent-Length: 10\r\n\r\n0123456789`,
    'without a body': (nonce) => `GET /${nonce} HTTP/1.1\r\nHost: h\r\n\r\n`,
  };

  it.each(Object.entries(requests))('a request %s reach no function, at whatever byte', async (_title, request) => {
    const { port } = recorder.host;
    const nonce = recorder.nonce();
    const text = request(nonce);
    const breakOff = async (length: number, how: 'end' | 'resetAndDestroy') => {
      const connection = await openRaw(port);
      connection.socket.write(text.slice(0, length));
      connection.socket[how]();
      await connection.closed();
    };
    for (let length = 1; length < text.length; length++) {
      await Promise.all([breakOff(length, 'end'), breakOff(length, 'resetAndDestroy')]);
    }
    expect(await recorder.recorded(nonce)).toEqual([]);
    // The same request is a good one where it comes to its end.
    const connection = await openRaw(port);
    connection.write(text);
    expect(statusOf(await connection.answers(1))).toBe(200);
    connection.socket.destroy();
    expect(await recorder.recorded(nonce)).toHaveLength(1);
  });

  it.each(Object.entries(requests))(
    'not, but send a request %s byte by byte, get their answer',
    async (_title, request) => {
      const nonce = recorder.nonce();
      const connection = await openRaw(recorder.host.port);
      connection.socket.setNoDelay(true);
      for (const byte of request(nonce)) {
        await new Promise((resolve) => connection.socket.write(byte, resolve));
      }
      expect(statusOf(await connection.answers(1))).toBe(200);
      connection.socket.destroy();
      expect(await recorder.recorded(nonce)).toHaveLength(1);
    },
  );

  it('section 5: nothing was invoked but those eight', async () => {
    expect(await recorder.recorded()).toHaveLength(2 * Object.keys(requests).length);
  });
});

describe('section 5: pipelined requests', () => {
  let recorder: RecordingHost;
  beforeAll(async () => {
    recorder = await startRecorder();
  });
  afterAll(() => recorder.host.stop());

  it('are answered in their order, whenever the function is done with them', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
    const { answers } = await recorder.exchange((nonce) =>
      ids
        .map((id, index) =>
          get(`/${nonce}?wait=${(60 - index) * 5}`, `X-Request-Id: ${id}\r\n${index === 59 ? close : ''}`),
        )
        .join(''),
    );
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual(ids);
    expect(
      answers.map(({ body }) => (JSON.parse(body) as { headers: Record<string, string> }).headers['X-Request-Id']),
    ).toEqual(ids);
  });

  it('that wait when their client goes away are not run, however many', async () => {
    const gate = closedGate();
    const host = await startHost({ env: { SCW_HANDLER_PATH: GATE_HANDLER, INVOCATION_MAX_IN_FLIGHT: '1' } });
    onTestFinished(async () => void (await host.stop()));
    const post = (body: string) => `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const queued = async () => sumOf(await metricsOf(host), 'tributary_invocations_queued');
    const client = await openRaw(host.port);
    client.write(post(gate.body) + post('next').repeat(50));
    await until('all to wait', async () => (await queued()) === 50);
    client.socket.destroy();
    await until('all to be forgotten', async () => (await queued()) === 0);
    gate.open();
    expect((await fetch(host.url, { method: 'POST', body: 'last' })).status).toBe(200);
    expect(host.output()).not.toContain('begins next');
    expect(host.output()).not.toContain('MaxListeners');
  });

  it.each([
    ['garbage', 'GARBAGE\r\n\r\n'],
    ['a length that is none', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n'],
    ['a chunk that is none', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n'],
    ['a tunnel', 'CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n'],
  ])('before %s are all answered, and nothing behind it is served', async (_title, broken) => {
    const { answers, events, nonce } = await recorder.exchange(
      (own) => get(`/${own}/1?wait=300`) + get(`/${own}/2?wait=1`) + get(`/${own}/3`) + broken + get(`/${own}/4`),
    );
    expect(statuses(answers)).toEqual([200, 200, 200]);
    expect(answers.map(({ body }) => (JSON.parse(body) as { path: string }).path)).toEqual(
      [1, 2, 3].map((place) => `/${nonce}/${place}`),
    );
    expect(events.map(({ path }) => path)).toEqual([1, 2, 3].map((place) => `/${nonce}/${place}`));
  });

  it.each([
    ['has no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    [
      'has an encoding that is none',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['expects too much', 'GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n', 417],
  ])(
    'before one that %s are all answered, then that one, and nothing behind it is served',
    async (_title, bad, status) => {
      const { answers, events, nonce } = await recorder.exchange(
        (own) => get(`/${own}/1?wait=300`) + get(`/${own}/2?wait=1`) + bad + get(`/${own}/4`),
      );
      expect(statuses(answers)).toEqual([200, 200, status]);
      expect(events.map(({ path }) => path)).toEqual([`/${nonce}/1`, `/${nonce}/2`]);
    },
  );

  it('behind one that is refused without harm are served', async () => {
    const { answers, events, nonce } = await recorder.exchange((own) => get('/robots.txt') + get(`/${own}`, close));
    expect(statuses(answers)).toEqual([404, 200]);
    expect(events.map(({ path }) => path)).toEqual([`/${nonce}`]);
  });

  it('of HEAD leave the next answer where it belongs', async () => {
    const nonce = recorder.nonce();
    const heads = ['/', '/robots.txt'].map((path) => get(path).replace('GET', 'HEAD')).join('');
    const text = await rawExchange(recorder.host.port, heads + get(`/${nonce}`, close));
    const answers = answersIn(text, [0, 1]);
    expect(statuses(answers)).toEqual([200, 404, 200]);
    expect((JSON.parse(answers[2]?.body ?? '') as { path: string }).path).toBe(`/${nonce}`);
  });

  it.each([
    ['no host', 'HEAD / HTTP/1.1\r\n\r\n', 400],
    ['a body over the limit', 'HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 6291457\r\n\r\n', 413],
    ['an expectation', 'HEAD / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n', 417],
  ])('of HEAD with %s are refused without a body', async (_title, request, status) => {
    const answers = answersIn(await rawExchange(recorder.host.port, request), [0]);
    expect(statuses(answers)).toEqual([status]);
  });
});

describe('section 5: clients that wait for 100 Continue', () => {
  let recorder: RecordingHost;
  beforeAll(async () => {
    const env = { SCW_PUBLIC: 'false', SCW_PUBLIC_KEY: pkcs1Pem(rsaKeys()), SCW_PAYLOAD_MAX_SIZE: '1000' };
    recorder = await startRecorder({ ...env, SCW_APPLICATION_ID: 'a', SCW_NAMESPACE_ID: 'n' });
  });
  afterAll(() => recorder.host.stop());

  const smuggled = get('/smuggled');
  it.concurrent.each<[string, string, number]>([
    ['without a token', 'Content-Length: 3', 401],
    ['without a token, in chunks', 'Transfer-Encoding: chunked', 401],
    ['without a token, with a body over the limit', 'Content-Length: 6000', 401],
    ['with a token that is none', 'X-Auth-Token: x\r\nContent-Length: 3', 401],
    ['with two hosts', 'Host: h\r\nContent-Length: 3', 400],
    ['with a length and chunks', 'Content-Length: 3\r\nTransfer-Encoding: chunked', 400],
    ['with another coding', 'Transfer-Encoding: gzip, chunked', 400],
  ])('%s are refused before it, and nothing they send is served', async (_title, headers, status) => {
    const connection = await openRaw(recorder.host.port);
    connection.write(`POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n${headers}\r\n\r\n`);
    await connection.answers(1);
    connection.write(`abc${smuggled}${smuggled}`);
    const answers = answersIn(await connection.closed());
    expect(statuses(answers)).toEqual([status]);
    expectPlain(answers[0] as RawAnswer);
  });

  it('section 6: are not told of it where a page that nobody serves is asked for', async () => {
    const connection = await openRaw(recorder.host.port);
    connection.write('POST /robots.txt HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    expect(statuses(answersIn(await connection.closed()))).toEqual([404]);
  });

  it('section 6: nothing of them was invoked', () => {
    expect(recorder.host.output()).not.toMatch(/"outcome"/);
  });
});
