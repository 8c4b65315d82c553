import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, type NatsConnection, nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isOwnVariable } from '../../src/invocation/sub-runtime/own-variables.js';
import { CertificateAuthority } from '../support/certificates.js';
import { LETTERS, STREAM, storedMessages } from '../support/durable-host.js';
import { accountWithUser } from '../support/nats-accounts.js';
import { APPLICATION, connectTo } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { descendantsOf } from '../support/processes.js';
import { openRaw } from '../support/raw-http.js';
import { leaksIn, type Secrets } from '../support/secret-scan.js';
import { freePort, type Host, HANDLERS, startHost, until } from '../support/start-host.js';
import { PYTHON } from '../support/sub-runtime.js';
import { APPLICATION_ID, applicationClaims, NAMESPACE_ID, rs256Token, rsaKeys, spkiPem } from '../support/tokens.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** A secret that is found wherever it is written. */
const secret = (name: string) => `mark.${name}.${nkeys.createUser().getPublicKey().slice(-24)}`;

/** What processes have been started with, which every user of the machine can read. */
function commandLines(host: Host): string {
  return [host.pid, ...descendantsOf(host.pid)].map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).join('\n');
}

async function startForTest(env: Record<string, string>, started: 'ready' | 'listening' | 'spawned'): Promise<Host> {
  const host = await startHost({ env: { LOG_LEVEL: 'trace', ...env }, started });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

describe('section 1: secrets of a running host', () => {
  const keys = rsaKeys();
  const secrets = {
    adminToken: secret('admin'),
    natsToken: secret('nats'),
    cronArgs: secret('args'),
    fileArgs: secret('file-args'),
    claim: secret('claim'),
    wrongToken: secret('wrong-token'),
    wrongAdminToken: secret('wrong-admin'),
    header: secret('header'),
    cookie: secret('cookie'),
    query: secret('query'),
    body: secret('body'),
    natsHeader: secret('nats-header'),
    payload: secret('payload'),
  } satisfies Secrets;
  const token = rs256Token(keys, applicationClaims({ note: secrets.claim }));
  const [, , signature = ''] = token.split('.');
  const all: Secrets = { ...secrets, signature };
  let server: NatsServer;
  let client: NatsConnection;
  let manager: JetStreamManager;
  let host: Host;

  beforeAll(async () => {
    server = await startNatsServer({ jetstream: true, config: `authorization { token: "${secrets.natsToken}" }` });
    client = await connectTo(server, { token: secrets.natsToken });
    manager = await jetstreamManager(client, { checkAPI: false });
    await manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
    const triggers = [
      { name: 'tick', type: 'cron', schedule: '* * * * * *', shared: false, args: { secret: secrets.fileArgs } },
      { name: 'quotes', type: 'nats', subject: 'quotes.>', resultSubject: 'nobody.stores.this' },
    ];
    host = await startHost({
      env: {
        LOG_LEVEL: 'trace',
        SCW_HANDLER_PATH: join(HANDLERS, 'secretive.cjs'),
        SCW_APPLICATION_NAME: APPLICATION,
        SCW_PUBLIC: 'false',
        SCW_PUBLIC_KEY: spkiPem(keys),
        SCW_APPLICATION_ID: APPLICATION_ID,
        SCW_NAMESPACE_ID: NAMESPACE_ID,
        SCW_PAYLOAD_MAX_SIZE: '5000',
        ADMIN_TOKEN: secrets.adminToken,
        TRIGGERS_FILE: file('triggers.json', JSON.stringify({ triggers })),
        TRIGGER_HTTP_ASYNC: 'true',
        TRIGGER_CRON_SCHEDULE: '* * * * * *',
        TRIGGER_CRON_ARGS: JSON.stringify({ secret: secrets.cronArgs }),
        TRIGGER_NATS_URL: server.url,
        TRIGGER_NATS_TOKEN_FILE: file('nats-token', `${secrets.natsToken}\r\n`),
        TRIGGER_NATS_STREAM: STREAM,
        TRIGGER_NATS_SUBJECT: 'orders.>',
        TRIGGER_NATS_MAX_DELIVER: '2',
        TRIGGER_NATS_BACKOFF_MS: '10',
        INVOCATION_TIMEOUT_MS: '1500',
        INVOCATION_MAX_RESPONSE_SIZE: '20000',
      },
    });
    await host.outputs('Connected to NATS');
  });
  afterAll(async () => {
    await host?.stop();
    await client?.close();
    await server?.stop();
  });

  /** Sends a request with secrets in all of its parts. */
  async function send(path: string, more: Record<string, string> = {}, body = secrets.body): Promise<Response> {
    return fetch(`${host.url}/${path}?key=${secrets.query}`, {
      method: 'POST',
      headers: {
        'scw-functions-token': token,
        authorization: `Bearer ${secrets.header}`,
        cookie: `session=${secrets.cookie}`,
        ...more,
      },
      body,
    });
  }

  async function textOf(response: Response): Promise<string> {
    return JSON.stringify([...response.headers]) + (await response.text());
  }

  const none = (text: string) => expect(leaksIn(text, all)).toEqual([]);

  it.each([
    ['ok', 200],
    ['threw', 500],
    ['malformedStatus', 502],
    ['malformedHeader', 502],
    ['malformedHeaders', 502],
    ['malformedBase64', 502],
    ['tooLarge', 502],
    ['timedOut', 504],
  ])('are in neither the answer nor the log of an HTTP invocation: %s', async (path, status) => {
    const response = await send(path, { 'x-request-id': `http-${path}` });
    expect(response.status).toBe(status);
    none(await textOf(response));
    await host.log((line) => line['requestId'] === `http-${path}` && 'outcome' in line);
    none(host.output());
  });

  it.each([
    ['a wrong token', { 'scw-functions-token': `${token.slice(0, -40)}${secrets.wrongToken}` }, 401],
    ['no token but a secret', { 'scw-functions-token': secrets.wrongToken }, 401],
    ['a token of another application', { 'scw-functions-token': rs256Token(keys, { note: secrets.claim }) }, 401],
    ['an unknown kind of source', { scw_trigger_type: secrets.header }, 400],
    ['headers that are too large', { 'x-large': secrets.header.repeat(2_000) }, 431],
  ])('are not told to whoever is refused: %s', async (_title, headers, status) => {
    const response = await send('ok', headers);
    expect(response.status).toBe(status);
    none(await textOf(response));
    none(host.output());
  });

  it('are not told where the body is too large, the request is broken, or the connection is cut', async () => {
    const large = await send('ok', {}, secrets.body.repeat(1_000));
    expect(large.status).toBe(413);
    none(await textOf(large));
    const head = `POST /${secrets.query} HTTP/1.1\r\nHost: a\r\nSCW-Functions-Token: ${token}\r\n`;
    for (const rest of [
      `Content-Length: ${secrets.header}\r\n\r\n${secrets.body}`,
      `${secrets.header}\r\n\r\n`,
      `Transfer-Encoding: chunked\r\n\r\n${secrets.body}\r\n`,
    ]) {
      const connection = await openRaw(host.port);
      connection.write(head + rest);
      none(await connection.closed());
    }
    const cut = await openRaw(host.port);
    cut.write(`${head}Content-Length: 1000\r\n\r\n${secrets.body}`);
    cut.socket.destroy();
    none(host.output());
  });

  it('are in neither the answers of the admin port nor its log', async () => {
    const ask = async (path: string, given: string, method = 'GET', body?: string) => {
      const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json' };
      none(await textOf(await fetch(host.adminUrl + path, { method, headers, ...(body && { body }) })));
    };
    for (const given of [secrets.adminToken, secrets.wrongAdminToken]) {
      for (const path of ['/readyz', '/livez', '/api/triggers', '/api/dead-letters']) await ask(path, given);
    }
    await ask('/api/dead-letters/99', secrets.adminToken);
    await ask('/api/dead-letters/discard', secrets.adminToken, 'POST', `{"${secrets.body}`);
    none(host.output());
  });

  it('are in neither error replies nor results nor logs of NATS messages', async () => {
    const headersFor = (wish: string) => {
      const headers = newHeaders();
      headers.set('X-Do', wish);
      headers.set('X-Secret', secrets.natsHeader);
      return headers;
    };
    for (const wish of ['ok', 'threw', 'malformedStatus', 'malformedHeader', 'tooLarge', 'timedOut']) {
      const reply = await client.request('quotes.new', secrets.payload, {
        headers: headersFor(wish),
        timeout: 20_000,
      });
      none(`${JSON.stringify([...(reply.headers ?? [])])}${reply.string()}`);
    }
    const publisher = jetstream(client);
    for (const wish of ['rejected', 'failed', 'later', 'threw', 'malformedStatus', 'malformedBase64']) {
      await publisher.publish('orders.new', secrets.payload, { headers: headersFor(wish) });
    }
    await until('the letters', async () => (await storedMessages(manager, LETTERS)).length === 6);
    none(host.output());
  });

  it('are not told of a message whose dead letter cannot be written, nor of a queued invocation', async () => {
    const { config } = await manager.streams.info(LETTERS);
    await manager.streams.update(LETTERS, { ...config, max_msgs: 6 });
    const headers = newHeaders();
    headers.set('X-Do', 'rejected');
    headers.set('X-Secret', secrets.natsHeader);
    await jetstream(client).publish('orders.new', secrets.payload, { headers });
    await host.log(({ level, msg }) => level !== 'info' && String(msg).includes('dead letter'));
    const queued = await send('threw', { prefer: 'respond-async', 'x-request-id': 'queued' });
    expect(queued.status).toBe(202);
    none(await textOf(queued));
    await host.log((line) => line['requestId'] === 'queued' && 'outcome' in line);
    none(host.output());
  });

  it('are in the log neither of ticks nor of a sub-runtime that dies', async () => {
    for (const trigger of ['cron', 'tick']) await host.log((line) => line['trigger'] === trigger && 'outcome' in line);
    const response = await send('crashed', { 'x-request-id': 'crash' });
    expect(response.status).toBe(502);
    none(await textOf(response));
    await host.log(({ cause }) => cause === 'exited');
    none(host.output());
  });

  it('are not told when the server is gone, comes back, and refuses them', async () => {
    await server.reload(`authorization { token: "another" }`);
    await host.outputs('the server refuses the credentials');
    none(host.output());
  });

  it('are in no command line', () => none(commandLines(host)));

  it('are not told to the end of its life', async () => {
    const [mutable, { code }] = [host, await host.stop()];
    expect(code).toBe(0);
    expect(mutable.output()).toContain('"level":"debug"');
    none(mutable.output());
  });
});

describe('section 1: credentials of a NATS server that refuses them, or is not there', () => {
  const user = nkeys.createUser();
  const seed = Buffer.from(user.getSeed()).toString();
  const { creds } = accountWithUser();
  const urlSecret = 'm@rk:url%/s3cret';
  const [tokenSecret, userSecret, passwordSecret] = [secret('token'), secret('user'), secret('password')];
  let server: NatsServer;

  beforeAll(async () => {
    server = await startNatsServer({ config: 'authorization { user: somebody, password: else }' });
  });
  afterAll(() => server.stop());

  const lines = (text: string) =>
    Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line.length > 40)
        .entries(),
    );
  const identities: readonly (readonly [string, (url: string) => Record<string, string>, Secrets])[] = [
    ['TRIGGER_NATS_TOKEN', (url) => ({ TRIGGER_NATS_URL: url, TRIGGER_NATS_TOKEN: tokenSecret }), { tokenSecret }],
    [
      'TRIGGER_NATS_USER and _PASSWORD',
      (url) => ({ TRIGGER_NATS_URL: url, TRIGGER_NATS_USER: userSecret, TRIGGER_NATS_PASSWORD: passwordSecret }),
      { userSecret, passwordSecret },
    ],
    [
      'user and password in TRIGGER_NATS_URL',
      (url) => ({
        TRIGGER_NATS_URL: url.replace('://', `://${userSecret}:${encodeURIComponent(urlSecret)}@`),
      }),
      { userSecret, urlSecret },
    ],
    [
      'a token in TRIGGER_NATS_URL',
      (url) => ({ TRIGGER_NATS_URL: url.replace('://', `://${encodeURIComponent(urlSecret)}@`) }),
      { urlSecret },
    ],
    [
      'TRIGGER_NATS_NKEY_SEED_FILE',
      (url) => ({ TRIGGER_NATS_URL: url, TRIGGER_NATS_NKEY_SEED_FILE: file('seed', seed) }),
      { seed },
    ],
    [
      'TRIGGER_NATS_CREDS_FILE',
      (url) => ({ TRIGGER_NATS_URL: url, TRIGGER_NATS_CREDS_FILE: file('creds', creds) }),
      lines(creds),
    ],
  ];

  it.each(identities)('are not told, nor seen by the sub-runtime: %s', async (_title, envOf, secrets) => {
    const nowhere = `nats://127.0.0.1:${await freePort()}`;
    const common = { SCW_APPLICATION_NAME: APPLICATION, TRIGGER_NATS_SUBJECT: 'orders.>' };
    const [refused, alone] = await Promise.all([
      startForTest({ ...common, ...envOf(server.url) }, 'ready'),
      startForTest({ ...common, ...envOf(nowhere) }, 'ready'),
    ]);
    await Promise.all([refused.outputs('the server refuses the credentials'), alone.outputs('connection refused')]);
    for (const host of [refused, alone]) {
      const answers = await Promise.all(
        [`${host.adminUrl}/readyz`, `${host.adminUrl}/api/triggers`, `${host.url}/environment`].map(async (url) =>
          (await fetch(url)).text(),
        ),
      );
      const environments = descendantsOf(host.pid).map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'));
      expect(environments.length).toBeGreaterThanOrEqual(2);
      const written = [host.output(), ...answers, commandLines(host), ...environments].join('\n');
      expect(leaksIn(written, secrets)).toEqual([]);
      expect(leaksIn(server.output(), secrets)).toEqual([]);
    }
  });
});

describe('section 1: secrets that cannot be used', () => {
  async function refusal(env: Record<string, string>): Promise<string> {
    const host = await startForTest(env, 'spawned');
    expect(await host.exited).toEqual({ code: 78, signal: null });
    return host.output();
  }

  it('are refused by the names of their variables and files, never shown', async () => {
    const text = secret('unusable');
    const part = text.slice(-20);
    const unusable = file('unusable', `${text} ${text}\n`);
    const empty = file('empty', '\n');
    const outputs = await Promise.all([
      refusal({
        ADMIN_TOKEN: `${text} ${text}`,
        TRIGGER_NATS_URL: `nats://me:${text},${text}@127.0.0.1,nats://me:${text}/${text}@127.0.0.1:x`,
        TRIGGER_NATS_TOKEN: text,
        TRIGGER_NATS_PASSWORD: text,
        TRIGGER_NATS_CREDS_FILE: unusable,
        TRIGGER_NATS_NKEY_SEED_FILE: unusable,
        TRIGGER_NATS_TLS_KEY_FILE: unusable,
        TRIGGER_NATS_TLS_CERT_FILE: unusable,
        TRIGGER_NATS_PASSWROD: text,
        TRIGGER_CRON_SCHEDULE: '* * * * *',
        TRIGGER_CRON_ARGS: `{"secret":"${text}"`,
      }),
      refusal({ ADMIN_TOKEN_FILE: unusable, TRIGGER_NATS_TOKEN_FILE: empty, TRIGGER_NATS_USER: 'me' }),
      refusal({ ADMIN_TOKEN_FILE: empty, TRIGGER_NATS_URL: `http://${text}@127.0.0.1` }),
      refusal({ ADMIN_TOKEN_FILE: join(folder, 'none'), TRIGGER_NATS_URL: `nats://me:${text}` }),
      refusal({
        TRIGGERS_FILE: file('wrong.yaml', `triggers: [{ name: a, type: cron, args: "${text}", password: x ]`),
      }),
      refusal({
        TRIGGERS_FILE: file('wrong.json', JSON.stringify({ triggers: [{ name: 'a', type: 'nats', token: text }] })),
      }),
    ]);
    for (const output of outputs) expect(leaksIn(output, { text, part })).toEqual([]);
    const [first, second, third, fourth] = outputs;
    for (const name of [
      'ADMIN_TOKEN',
      ...['URL', 'PASSWORD', 'PASSWROD', 'NKEY_SEED_FILE'].map((n) => `TRIGGER_NATS_${n}`),
    ]) {
      expect(first).toContain(`  ${name}: `);
    }
    expect(first).toContain(`but ${unusable} does not hold one`);
    expect(first).toContain('  TRIGGER_CRON_ARGS: expected valid JSON');
    expect(second).toMatch(/ADMIN_TOKEN_FILE: .*\/unusable[^]*TRIGGER_NATS_TOKEN_FILE: .*\/empty/);
    expect(third).toMatch(/ADMIN_TOKEN_FILE: .*\/empty/);
    expect(fourth).toMatch(/ADMIN_TOKEN_FILE: .*\/none does not exist/);
  });
});

describe('section 1: the environment of a sub-runtime', () => {
  const own = {
    ADMIN_TOKEN: secret('admin'),
    LOG_LEVEL: 'trace',
    SHUTDOWN_GRACE_MS: '20000',
    INVOCATION_TIMEOUT_MS: '20000',
    SUB_RUNTIME_START_TIMEOUT_MS: '20000',
    TRIGGER_CRON_SCHEDULE: '0 0 1 1 *',
    TRIGGER_CRON_ARGS: `"${secret('args')}"`,
    TRIGGER_NATS_SUBJECT: 'orders.>',
    TRIGGER_NATS_URL: 'nats://127.0.0.1:1',
    TRIGGER_NATS_USER: secret('user'),
    TRIGGER_NATS_PASSWORD: secret('password'),
  };
  const kept = { SCW_APPLICATION_NAME: APPLICATION, SCW_PUBLIC_KEY: 'a key', DATABASE_PASSWORD: secret('database') };

  const python = `import json, os\ndef handle(event, context):\n    return {"statusCode": 200, "body": json.dumps(dict(os.environ))}\n`;
  const node = `exports.handle = async () => ({ statusCode: 200, body: JSON.stringify(process.env) });\n`;
  /** A shell that becomes the sub-runtime, and answers with what the shell was given. */
  const shell = () => {
    const given = join(folder, 'given');
    const handler = `exports.handle = async () => ({ statusCode: 200, body: require('node:fs').readFileSync('${given}').toString('base64'), isBase64Encoded: true });`;
    const bridge = join(HANDLERS, '../../../runtimes/node/index.mjs');
    const script = `#!/bin/sh\ncat /proc/$$/environ >'${given}'\nexec '${process.execPath}' '${bridge}'\n`;
    const command = file('sub-runtime.sh', script);
    return { SCW_HANDLER_PATH: file('shell.cjs', handler), SCW_RUNTIME_BINARY: '/bin/sh', SCW_RUNTIME_BRIDGE: command };
  };
  const variants: readonly (readonly [string, () => Record<string, string>])[] = [
    ['Node', () => ({ SCW_HANDLER_PATH: file('environment.cjs', node) })],
    ['Python', () => ({ SCW_HANDLER_PATH: file('environment.py', python), SCW_RUNTIME_BINARY: PYTHON })],
    ['a shell', shell],
  ];

  it.each(variants)(
    'has none of what is the host’s, nor have the leash and all else it starts: %s',
    async (_title, envOf) => {
      const env = { ...own, ...kept, ...envOf() };
      const host = await startForTest(env, 'ready');
      const text = await (await fetch(host.url)).text();
      const seen = text.startsWith('{') ? Object.entries(JSON.parse(text) as Record<string, string>) : pairsOf(text);
      const started = descendantsOf(host.pid);
      // The sub-runtime and its leash.
      expect(started.length).toBeGreaterThanOrEqual(2);
      const environments = started.map((pid) => pairsOf(readFileSync(`/proc/${pid}/environ`, 'utf8')));
      const { ADMIN_TOKEN, TRIGGER_CRON_ARGS, TRIGGER_NATS_USER, TRIGGER_NATS_PASSWORD } = own;
      for (const pairs of [seen, ...environments]) {
        expect(pairs.filter(([name, value]) => isOwnVariable(name, value))).toEqual([]);
        expect(
          leaksIn(JSON.stringify(pairs), { ADMIN_TOKEN, TRIGGER_CRON_ARGS, TRIGGER_NATS_USER, TRIGGER_NATS_PASSWORD }),
        ).toEqual([]);
      }
      expect(Object.fromEntries(seen)).toMatchObject({
        ...kept,
        SCW_HANDLER_NAME: 'handle',
      });
    },
  );

  it('comes with no descriptor of the host’s: neither sockets nor files', async () => {
    const { certificate, key } = new CertificateAuthority();
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const files = {
      ADMIN_TOKEN_FILE: file('admin-token', 'a'),
      TRIGGER_NATS_TLS_CERT_FILE: file('client.pem', certificate),
      TRIGGER_NATS_TLS_KEY_FILE: file('client.key', key),
      TRIGGERS_FILE: file('none.json', '{"triggers":[]}'),
    };
    const nats = { TRIGGER_NATS_URL: server.url, TRIGGER_NATS_SUBJECT: 'orders.>' };
    const host = await startForTest({ ...kept, ...nats, ...files }, 'ready');
    const ofHost = new Set(descriptorsOf(host.pid).filter((target) => target.startsWith('socket:')));
    expect(ofHost.size).toBeGreaterThan(1);
    for (const pid of descendantsOf(host.pid)) {
      const ofChild = descriptorsOf(pid);
      expect(ofChild.filter((target) => ofHost.has(target))).toEqual([]);
      expect(ofChild.filter((target) => target.startsWith(folder))).toEqual([]);
    }
  });
});

function pairsOf(environ: string): [string, string][] {
  const lines = environ.split('\0').filter((line) => line !== '');
  return lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
}

/** What the open descriptors of a process are. */
function descriptorsOf(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((descriptor) => `/proc/${pid}/fd/${descriptor}`);
  return links.filter((link) => existsSync(link)).map((link) => readlinkSync(link));
}
