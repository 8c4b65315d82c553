import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminHosts, LETTER_CONTENT, startAdminHosts } from '../support/admin-host.js';
import { openRaw, statusOf } from '../support/raw-http.js';
import { type Host, until } from '../support/start-host.js';

const TOKEN = 'Right-Token-0123456789';

/** All that the API has, and what it has not; the letter 1 is there. */
const PATHS = [
  '/api/triggers',
  '/api/triggers/',
  '/api/triggers/nats/fire',
  '/api/triggers/none/fire',
  '/api/invocations/live',
  '/api/dead-letters',
  '/api/dead-letters?limit=0',
  '/api/dead-letters/1',
  '/api/dead-letters/999',
  '/api/dead-letters/1/replay',
  '/api/dead-letters/999/replay',
  '/api/dead-letters/replay',
  '/api/dead-letters/discard',
  '/api/none',
  '/none',
  '/API/triggers',
  '//api/triggers',
  '/livez/../api/triggers',
  '/livez%2f..%2fapi/triggers',
  '/%zz',
  `/api/dead-letters/${'1'.repeat(300)}`,
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

let hosts: AdminHosts;
let guarded: Host;
let open: Host;
let [guardedPort, openPort] = [0, 0];

beforeAll(async () => {
  hosts = await startAdminHosts();
  [guarded, open] = await Promise.all([hosts.host({ ADMIN_TOKEN: TOKEN }), hosts.host()]);
  [guardedPort, openPort] = [guarded, open].map(({ adminUrl }) => Number(new URL(adminUrl).port)) as [number, number];
});
afterAll(() => hosts.stop());

let lastAddress = 0;
/** An address that no test has sent from, so that none is locked out by what another one has guessed. */
const newAddress = () => `127.1.${Math.floor(++lastAddress / 250)}.${1 + (lastAddress % 250)}`;

interface Request {
  readonly method?: string;
  readonly path?: string;
  /** Lines; `Host` is there unless it is among them or `host` is null. */
  readonly headers?: readonly string[];
  readonly host?: string | null;
  readonly body?: string;
  readonly from?: string;
}

/** Sends a request as it is, and gives the answer. */
async function ask(port: number, request: Request): Promise<string> {
  const { method = 'GET', path = '/api/triggers', headers = [], body = '', from } = request;
  const { host = `127.0.0.1:${port}` } = request;
  const connection = await openRaw(port, from);
  const lines = [`${method} ${path} HTTP/1.1`, ...(host === null ? [] : [`Host: ${host}`]), ...headers];
  if (body) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  connection.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`);
  return connection.closed();
}

const bearer = (token: string) => `Authorization: Bearer ${token}`;
const json = 'Content-Type: application/json';
const withoutDate = (answer: string) => answer.replace(/^Date: .*\r\n/m, '');
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

/** Neither where the code lies, nor what it is made of. */
const INTERNALS = /node_modules|\bat .+:\d+:\d+|\/(?:home|tmp|usr|work|root)\/|FST_ERR|dist\/|TypeError|RangeError/;

async function expectNothingDone(): Promise<void> {
  expect(hosts.runs()).toBe(0);
  expect(await hosts.letters()).toBe(1);
}

describe('section 10: the admin port with a token', () => {
  it('answers the same bytes to whoever has none, whatever he asks for', async () => {
    const requests = METHODS.flatMap((method) => PATHS.map((path) => ({ method, path })));
    const answers = await Promise.all(requests.map((request) => ask(guardedPort, request)));
    const different = new Set(answers.map((answer, n) => withoutDate(answer) + (requests[n]?.method === 'HEAD')));
    expect([...different].sort()).toHaveLength(2);
    for (const answer of different) expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    await expectNothingDone();
  });

  it('reads no body of whoever has none, be it huge, broken or none at all', async () => {
    const path = '/api/dead-letters/discard';
    const bodies = ['{"all":true}', '{', '['.repeat(60_000), 'x'.repeat(200_000)];
    const answers = await Promise.all([
      ...bodies.map((body) => ask(guardedPort, { method: 'POST', path, headers: [json], body })),
      ask(guardedPort, { method: 'POST', path, headers: [json, 'Content-Length: 99999999999'] }),
      ask(guardedPort, { method: 'POST', path, headers: ['Content-Type: nonsense', 'Transfer-Encoding: chunked'] }),
    ]);
    expect(answers.map(statusOf)).toEqual(answers.map(() => 401));
    await expectNothingDone();
  });

  it.each([
    ['a beginning of it', [bearer(TOKEN.slice(0, -1))]],
    ['more than it', [bearer(`${TOKEN}x`)]],
    ['another case', [bearer(TOKEN.toLowerCase())]],
    ['none after the scheme', ['Authorization: Bearer']],
    ['an empty one', ['Authorization: Bearer ']],
    ['quotes around it', [bearer(`"${TOKEN}"`)]],
    ['padding', [bearer(`${TOKEN}==`)]],
    ['it percent-encoded', [bearer(TOKEN.replaceAll('-', '%2D'))]],
    ['it in base64', [bearer(Buffer.from(TOKEN).toString('base64'))]],
    ['the scheme twice', [bearer(`Bearer ${TOKEN}`)]],
    ['it twice', [bearer(`${TOKEN} ${TOKEN}`)]],
    ['it among others', [bearer(`${TOKEN},x`)]],
    ['two headers, the right one first', [bearer(TOKEN), bearer('x')]],
    ['two headers, the right one last', [bearer('x'), bearer(TOKEN)]],
    ['two headers that are the same', [bearer(TOKEN), bearer(TOKEN)]],
    ['no scheme', [`Authorization: ${TOKEN}`]],
    ['Basic', [`Authorization: Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`]],
    ['Basic with the token', [`Authorization: Basic ${TOKEN}`]],
    ['a cookie', [`Cookie: token=${TOKEN}; ADMIN_TOKEN=${TOKEN}`]],
    ['other headers', [`X-Admin-Token: ${TOKEN}`, `Proxy-Authorization: Bearer ${TOKEN}`, `X-Auth-Token: ${TOKEN}`]],
    ['a huge one', [bearer('x'.repeat(15_000))]],
  ])('takes for no token: %s', async (_what, headers) => {
    const answer = await ask(guardedPort, { headers, from: newAddress() });
    expect(statusOf(answer)).toBe(401);
    expect(answer).not.toContain(TOKEN);
  });

  it('takes no token from the URL', async () => {
    for (const path of [
      `/api/triggers?token=${TOKEN}&access_token=${TOKEN}`,
      `http://x:${TOKEN}@127.0.0.1/api/triggers`,
    ]) {
      expect(statusOf(await ask(guardedPort, { path }))).toBe(401);
    }
  });

  it('lets its bearer in, whatever the Host, the Origin and the proxy', async () => {
    const headers = [bearer(TOKEN), 'Origin: https://page.example', 'X-Forwarded-For: 203.0.113.9'];
    expect(statusOf(await ask(guardedPort, { headers, host: 'host.example' }))).toBe(200);
    expect(statusOf(await ask(guardedPort, { headers: [`authorization: BEARER ${TOKEN}`] }))).toBe(200);
  });

  it('shows in /readyz neither names nor pids nor reasons to whoever has none', async () => {
    const [summary, report] = await Promise.all([
      ask(guardedPort, { path: '/readyz' }),
      ask(guardedPort, { path: '/readyz', headers: [bearer(TOKEN)] }),
    ]);
    const ready = { ready: true };
    const components = { subRuntime: ready, shutdown: ready, auth: ready, nats: ready };
    expect(JSON.parse(bodyOf(summary))).toEqual({ status: 'ready', components });
    expect(bodyOf(report)).toContain('"pid"');
  });

  describe('and whoever guesses', () => {
    const statusFor = async (token: string, from: string, path = '/api/triggers') =>
      statusOf(await ask(guardedPort, { headers: [bearer(token)], from, path }));

    it('gets 429 after ten wrong ones, also for the right one, and 401 as before without one', async () => {
      const from = newAddress();
      for (let guess = 0; guess < 10; guess++) expect(await statusFor(`guess-${guess}`, from)).toBe(401);
      const refused = await ask(guardedPort, { headers: [bearer(TOKEN)], from });
      expect(refused).toMatch(/^HTTP\/1\.1 429 [^]*^retry-after: [1-9]\d?\r$/im);
      expect(
        withoutDate(await ask(guardedPort, { headers: [bearer('x')], from })).replace(/retry-after: \d+/i, ''),
      ).toBe(withoutDate(refused).replace(/retry-after: \d+/i, ''));
      expect(statusOf(await ask(guardedPort, { from }))).toBe(401);
      for (const path of ['/livez', '/readyz']) expect(await statusFor('x', from, path)).toBe(200);
    });

    it('does not lock out anybody elsewhere', async () => {
      const from = newAddress();
      await Promise.all(Array.from({ length: 50 }, (_, guess) => statusFor(`guess-${guess}`, from)));
      expect(await statusFor(TOKEN, from)).toBe(429);
      expect(await statusFor(TOKEN, newAddress())).toBe(200);
    });

    it('is counted by the address of the connection, whatever he says he forwards', async () => {
      const from = newAddress();
      const guess = (n: number) =>
        ask(guardedPort, {
          headers: [bearer(`guess-${n}`), `X-Forwarded-For: 10.0.0.${n}`, `Forwarded: for=10.0.0.${n}`],
          from,
        });
      for (let n = 0; n < 10; n++) await guess(n);
      expect(statusOf(await guess(10))).toBe(429);
    });

    it('learns nothing from /readyz, where guesses count as well', async () => {
      const from = newAddress();
      for (let guess = 0; guess < 10; guess++) expect(await statusFor(`guess-${guess}`, from, '/readyz')).toBe(200);
      const answer = await ask(guardedPort, { path: '/readyz', headers: [bearer(TOKEN)], from });
      expect(answer).not.toContain('"pid"');
    });

    it('is told of in the log once, without what he guessed', async () => {
      const from = newAddress();
      for (let guess = 0; guess < 15; guess++) await statusFor('gue55', from);
      await guarded.log(({ msg }) => String(msg).includes(`came from ${from}`));
      expect(guarded.output().split(`came from ${from}`)).toHaveLength(2);
      expect(guarded.output()).not.toContain('gue55');
    });
  });
});

describe('section 10: the admin port without a token', () => {
  it.each(['localhost', 'localhost:1', 'LOCALHOST:9464', '127.0.0.1', '127.1.2.3:80', '[::1]', '[::1]:9464'])(
    'answers to the Host %s',
    async (host) => {
      expect(statusOf(await ask(openPort, { host }))).toBe(200);
    },
  );

  it.each([
    'evil.test',
    'localhost.evil.test',
    'evil-localhost',
    'localhost.',
    '127.0.0.1.',
    '127.0.0.1.evil.test',
    '127.0.0.1.nip.io',
    '127.1',
    '127.0.0.01',
    '127.0.0.256',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '017700000001',
    '0.0.0.0',
    '0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '::1',
    '[::1',
    'user@127.0.0.1',
    '127.0.0.1@evil.test',
    'localhost:80@evil.test',
    'localhost:',
    'localhost:999999',
    'localhost:80:80',
    'localhost, evil.test',
    'localhost evil.test',
    'localhost#.evil.test',
    'localhost/.evil.test',
    'ｌocalhost',
    '',
  ])('refuses the Host "%s"', async (host) => {
    expect(statusOf(await ask(openPort, { host }))).toBeGreaterThanOrEqual(400);
    expect(statusOf(await ask(openPort, { host, method: 'POST', path: '/api/dead-letters/1/replay' }))).not.toBe(200);
    await expectNothingDone();
  });

  it('refuses two Hosts, none, and a target with another one', async () => {
    const own = `Host: 127.0.0.1:${openPort}`;
    const requests: Request[] = [
      { headers: ['Host: evil.test'] },
      { headers: [own] },
      { host: 'evil.test', headers: [own] },
      { host: null },
      { path: 'http://evil.test/api/triggers' },
      { path: `http://evil.test:${openPort}/api/triggers` },
    ];
    for (const request of requests) expect(statusOf(await ask(openPort, request))).toBeGreaterThanOrEqual(400);
    for (const line of ['GET /api/triggers HTTP/1.0', 'GET /api/triggers']) {
      const connection = await openRaw(openPort);
      connection.write(`${line}\r\n\r\n`);
      expect(statusOf(await connection.closed())).toBe(403);
    }
  });

  it.each([
    'null',
    'file://',
    'http://evil.test',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'https://OWN',
    'http://OWN.evil.test',
    'http://OWN/',
    'http://evil@OWN',
    'http://OWN, http://evil.test',
    'OWN',
    '',
  ])('refuses the Origin "%s"', async (origin) => {
    const headers = [`Origin: ${origin.replace('OWN', `127.0.0.1:${openPort}`)}`];
    expect(statusOf(await ask(openPort, { headers }))).toBe(403);
    const fire = { method: 'POST', path: '/api/dead-letters/1/replay', headers };
    expect(statusOf(await ask(openPort, fire))).toBe(403);
    await expectNothingDone();
  });

  it.each([
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
    'Sec-Fetch-Site: nonsense',
    'Referer: http://evil.test/',
    'Referer: http://127.0.0.1:1/',
    'X-Forwarded-For: 127.0.0.1',
    'X-Forwarded-Host: localhost',
    'X-Forwarded-Proto:',
    'X-Real-IP: 127.0.0.1',
    'Forwarded:',
    'Via: 1.1 proxy',
  ])('refuses "%s", also where nothing else tells who asks', async (header) => {
    const headers = [header, 'Content-Type: text/plain'];
    const fire = { method: 'POST', path: '/api/dead-letters/1/replay', headers, body: '{}' };
    expect(statusOf(await ask(openPort, fire))).toBe(403);
    expect(statusOf(await ask(openPort, { headers: [header] }))).toBe(403);
    await expectNothingDone();
  });

  it.each([
    'text/plain',
    'text/plain; x=application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'nonsense',
    '',
  ])('runs nothing for a body of the type "%s", which a page could send without asking', async (type) => {
    const request = { method: 'POST', headers: [`Content-Type: ${type}`], body: '{"all":true}' };
    for (const path of ['/api/dead-letters/1/replay', '/api/dead-letters/replay', '/api/dead-letters/discard']) {
      expect(statusOf(await ask(openPort, { ...request, path }))).toBe(415);
    }
    await expectNothingDone();
  });

  it('gives no origin leave to ask (CORS), and no page leave to show it', async () => {
    const headers = ['Origin: http://evil.test', 'Access-Control-Request-Method: POST'];
    const answers = [
      await ask(openPort, { method: 'OPTIONS', path: '/api/dead-letters/1/replay', headers }),
      await ask(openPort, {}),
      await ask(openPort, { path: '/readyz' }),
      await ask(openPort, { path: '/none' }),
      await ask(openPort, { path: '/%zz' }),
    ];
    for (const answer of answers) {
      expect(answer).not.toMatch(/^access-control-/im);
      expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
      expect(answer).toMatch(/^x-frame-options: DENY\r$/im);
      expect(answer).toMatch(/^content-security-policy: .*frame-ancestors 'none'\r$/im);
      expect(answer).toMatch(/^cross-origin-resource-policy: same-origin\r$/im);
      expect(answer).toMatch(/^cache-control: no-store\r$/im);
    }
  });
});

describe('section 10: the admin port and whoever may use it', () => {
  const discard = { method: 'POST', path: '/api/dead-letters/discard', headers: [json] };

  it.each([
    ['a broken one', 400, '{"all":'],
    ['an empty one', 400, ' '],
    ['no object', 400, '[{"all":true}]'],
    ['a prototype', 400, '{"__proto__":{"all":true}}'],
    ['a constructor', 400, '{"constructor":{"prototype":{"all":true}}}'],
    ['an inherited name', 400, '{"toString":"x"}'],
    ['nesting without end', 400, `{"trigger":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['objects without end', 400, `{"trigger":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`],
    ['many keys', 400, `{${Array.from({ length: 6_000 }, (_, n) => `"k${n}":1`).join(',')}}`],
    ['a number without end', 400, `{"trigger":${'9'.repeat(60_000)}}`],
    ['a subject that takes long to read', 400, `{"subject":"${'a.'.repeat(30_000)}"}`],
    ['too much', 413, `{"trigger":"${'x'.repeat(70_000)}"}`],
    ['not UTF-8', 400, `{"trigger":"${'\u00ff'.repeat(3)}`],
  ])('answers a body that is %s with %i, and nothing of its inside', async (_what, status, body) => {
    const answer = await ask(openPort, { ...discard, body });
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toMatch(INTERNALS);
    await expectNothingDone();
  });

  it('answers what is not there, and what cannot be read, with nothing of its inside', async () => {
    for (const method of METHODS) {
      for (const path of PATHS.filter((candidate) => !candidate.startsWith('/api/'))) {
        const answer = await ask(openPort, { method, path });
        expect([400, 404]).toContain(statusOf(answer));
        expect(answer).not.toMatch(INTERNALS);
        expect(answer).not.toContain(LETTER_CONTENT);
      }
    }
  });

  it.each([
    'GET / HTTP/1.1\r\nHost: localhost\r\nbroken header\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    'POST /api/dead-letters/discard HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /api/dead-letters/discard HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    'POST /api/dead-letters/discard HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test:80\r\n\r\n',
  ])('ends the connection of whoever does not speak HTTP: %j', async (bytes) => {
    const connection = await openRaw(openPort);
    connection.write(bytes);
    const answer = await connection.closed();
    if (answer) expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
    expect(answer).not.toMatch(INTERNALS);
    await expectNothingDone();
  });

  it('ends the connections of whoever sends too slowly, and answers others meanwhile', async () => {
    const head = `POST /api/dead-letters/discard HTTP/1.1\r\nHost: 127.0.0.1\r\n${json}\r\nContent-Length: 1000\r\n`;
    const slow = await Promise.all(
      ['', 'GET /api/trig', `${head}X: `, `${head}\r\n{"all":`]
        .map(async (bytes) => {
          const connection = await openRaw(openPort);
          connection.write(bytes);
          const timer = bytes.endsWith('X: ') ? setInterval(() => connection.write('x'), 500) : undefined;
          const answer = await connection.closed(20_000);
          clearInterval(timer);
          return answer;
        })
        .concat(ask(openPort, { path: '/livez' })),
    );
    for (const answer of slow.slice(0, -1)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(statusOf(slow.at(-1) ?? '')).toBe(200);
    await expectNothingDone();
  });

  it('can still use it', async () => {
    const letter = await ask(openPort, { path: '/api/dead-letters/1' });
    expect(bodyOf(letter)).toContain(LETTER_CONTENT);
    expect(statusOf(await ask(openPort, { method: 'POST', path: '/api/dead-letters/1/replay' }))).toBe(200);
    expect(hosts.runs()).toBe(1);
  });

  it('holds a bounded number of connections, and serves on when they are gone', async () => {
    const connections = await Promise.all(Array.from({ length: 600 }, () => openRaw(openPort)));
    await until(
      'those beyond the limit to be closed',
      () => connections.filter(({ socket }) => socket.closed).length >= 88,
    );
    const held = connections.filter(({ socket }) => !socket.closed).length;
    // Whoever started the host may have a connection, too.
    expect(held).toBeGreaterThan(500);
    expect(held).toBeLessThanOrEqual(512);
    for (const { socket } of connections) socket.destroy();
    await until('an answer', async () => statusOf(await ask(openPort, { path: '/livez' }).catch(() => '')) === 200);
    expect((await fetch(open.url)).status).toBe(200);
  });
});
