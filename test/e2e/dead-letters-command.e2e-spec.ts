import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { headers as newHeaders } from '@nats-io/transport-node';
import { jetstream, type StoredMsg } from '@nats-io/jetstream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CliResult, runTributary } from '../support/cli.js';
import { linesOf, mending, untilLetters, writeLetter } from '../support/dead-letters.js';
import { type DurableServer, orders, startDurableServer, STREAM } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { startNatsServer } from '../support/nats-server.js';
import { freePort, startHost, until } from '../support/start-host.js';
import type { SubRuntimeUnderTest } from '../../src/conformance/index.js';
import { folderWith, startHandler } from '../support/sub-runtime.js';

/** Runs `tributary dead-letters` for the function of these tests. */
function command(nats: DurableServer, args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  const variables = { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: nats.server.url, ...env };
  return runTributary(['dead-letters', ...args], variables);
}

const HEADLINE = /^ID +TRIGGER +REASON +STATUS +LAST AT +SUBJECT +REQUEST ID$/m;

describe('tributary dead-letters', () => {
  it('list: a table for people, JSON for programs', async () => {
    const nats = await startDurableServer();
    expect(await command(nats, ['list'])).toEqual({ code: 0, stdout: '', stderr: 'no dead letters\n' });
    await nats.host(newLedger());
    await nats.publish(orders(3, () => ({ do: 'status', status: 404 })));
    await untilLetters(nats, 3);
    const table = await command(nats, ['list', '--limit', '2', '--subject', 'orders.*']);
    expect(table).toMatchObject({ code: 0, stderr: 'there are more: --cursor 2\n' });
    expect(table.stdout).toMatch(HEADLINE);
    expect(table.stdout).toMatch(/^1 +nats +rejected +404 +\S+Z +orders\.new +ORDERS-\d$/m);
    const json = await command(nats, ['list', '--cursor', '2', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ letters: [{ id: '3', trigger: 'nats', deliveries: 1 }] });
    expect((await command(nats, ['list', '--reason', 'failed'])).stdout).toBe('');
    const other = await command(nats, ['list', '--function', 'bank', '--json']);
    expect(JSON.parse(other.stdout)).toEqual({ letters: [] });
  });

  it('show: why, the headers and the body, and nothing that a terminal obeys', async () => {
    const nats = await startDurableServer();
    await nats.host(newLedger());
    const headers = newHeaders();
    headers.append('X-Note', 'sch\u00f6n \u001b[31mred');
    const body = JSON.stringify({ do: 'status', status: 404, text: '\u0007' });
    await jetstream(nats.client).publish('orders.new', body, { headers });
    await untilLetters(nats, 1);
    const { code, stdout } = await command(nats, ['show', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^reason +rejected$/m);
    expect(stdout).toMatch(/^last error +the function answered with status 404$/m);
    expect(stdout).toContain('  X-Note: sch\u00f6n \\u001b[31mred\n');
    expect(stdout).toContain(`body (${body.length} bytes)\n${body}\n`);
    const json = JSON.parse((await command(nats, ['show', '1', '--json'])).stdout) as { headers: object; body: string };
    expect(json.headers).toEqual({ 'X-Note': ['sch\u00f6n \u001b[31mred'] });
    expect(json.body).toBe(body);
    expect(await command(nats, ['show', '9'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tributary dead-letters: there is no dead letter 9\n',
    });
    const foreign = await command(nats, ['show', '1', '--function', 'bank']);
    expect(foreign.stderr).toContain('dead letter 1 is one of the function "shop", not of "bank"');
    expect((await command(nats, ['show', '1'], { SCW_APPLICATION_NAME: '' })).code).toBe(0);
  });

  it('replay: asks the running host, and tells of each letter', async () => {
    const nats = await startDurableServer();
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger, { ADMIN_TOKEN: 'the-token' });
    await nats.publish([{ do: 'status', status: 404 }], 'orders.old');
    await untilLetters(nats, 1);
    await nats.publish([broken]);
    await untilLetters(nats, 2);
    await nats.publish([broken]);
    await untilLetters(nats, 3);
    mend();
    const admin = { ADMIN_PORT: new URL(host.adminUrl).port, ADMIN_TOKEN: 'the-token' };
    expect(await command(nats, ['replay', '--subject', 'orders.new'], admin)).toEqual({
      code: 0,
      stdout: `2  nats  ${STREAM}-2  succeeded, removed\n3  nats  ${STREAM}-3  succeeded, removed\n`,
      stderr: '',
    });
    expect(await command(nats, ['replay', '1', '2'], admin)).toEqual({
      code: 1,
      stdout:
        `1  nats  ${STREAM}-1  rejected, kept: the function answered with status 404\n` +
        '2  refused: there is no dead letter 2\n',
      stderr: '',
    });
    const all = await command(nats, ['replay', '--all', '--json', '--admin', host.adminUrl], {
      ADMIN_TOKEN: 'the-token',
    });
    expect(all.code).toBe(1);
    expect(linesOf(all.stdout)).toMatchObject([{ id: '1', result: 'failed', outcome: 'rejected' }]);
    expect(ledger.begun()).toHaveLength(7);
    expect(await command(nats, ['replay', '--all'], { ADMIN_PORT: admin.ADMIN_PORT })).toEqual({
      code: 1,
      stdout: '',
      stderr: `tributary dead-letters: the host at ${host.adminUrl} asks for its token; set ADMIN_TOKEN or ADMIN_TOKEN_FILE\n`,
    });
  });

  it('replay: says in one line that no host answers, and what to do', async () => {
    const nats = await startDurableServer();
    const port = String(await freePort());
    const { code, stderr } = await command(nats, ['replay', '7'], { ADMIN_PORT: port });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^tributary dead-letters: no host answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\); start it, .*\n$/,
    );
  });

  it('discard: by ids, or by a filter where somebody says yes', async () => {
    const nats = await startDurableServer();
    await nats.host(newLedger());
    await nats.publish(orders(3, () => ({ do: 'status', status: 404 })));
    await untilLetters(nats, 3);
    const bank = await writeLetter(nats, { function: 'bank' });
    expect(await command(nats, ['discard', '1'])).toEqual({ code: 0, stdout: 'discarded 1\n', stderr: '' });
    expect(await command(nats, ['discard', '1', '2', bank, '--json'])).toEqual({
      code: 1,
      stdout: '{"discarded":1,"failed":2}\n',
      stderr:
        'tributary dead-letters: there is no dead letter 1\n' +
        `tributary dead-letters: dead letter ${bank} is one of the function "bank", not of "shop"\n`,
    });
    const unasked = await command(nats, ['discard', '--all']);
    expect([unasked.code, unasked.stdout]).toEqual([64, '']);
    expect(unasked.stderr).toContain('needs --yes');
    expect(await command(nats, ['discard', '--all', '--yes'])).toMatchObject({ code: 0, stdout: 'discarded 1\n' });
    expect((await nats.letters()).map(({ seq }) => String(seq))).toEqual([bank]);
  });

  it('reaches letters under a subject of their own', async () => {
    const nats = await startDurableServer();
    await nats.manager.streams.add({ name: 'GIVEN_UP', subjects: ['given.up.>'] });
    const env = { TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'given.up.orders' };
    await nats.host(newLedger(), env);
    await nats.publish([{ do: 'status', status: 404 }]);
    await until('the letter', async () => (await nats.manager.streams.info('GIVEN_UP')).state.messages === 1);
    expect((await command(nats, ['list'], env)).stdout).toMatch(/^GIVEN_UP\/1 +nats/m);
    expect((await command(nats, ['list', '--dead-letter-subject', 'given.up.orders'])).stdout).toContain('GIVEN_UP/1');
    expect((await command(nats, ['discard', 'GIVEN_UP/1'])).stdout).toBe('discarded 1\n');
  });

  it.each([
    [[], 'expected list, show, replay or discard, got nothing'],
    [['lst'], 'got "lst"'],
    [['list', '7'], 'list takes no ids'],
    [['list', '--limit', 'few'], '--limit: expected a whole number'],
    [['list', '--before', 'noon'], '--before: expected a time with its zone'],
    [['list', '--subject', 'a..b'], '--subject: expected a subject'],
    [['list', '--all'], "Unknown option '--all'"],
    [['show'], 'show: expected one ID, got 0'],
    [['show', 'seven'], 'ID: expected the id of a dead letter'],
    [['show', '7', '--invocation', '--json'], 'contradict'],
    [['show', '7', '--invocation'], 'expected --handler-path PATH, or SCW_HANDLER_PATH'],
    [['replay'], 'expected one of: ids, a filter such as --trigger NAME, or --all'],
    [['replay', '7', '--all'], 'expected one of: ids'],
    [['replay', '7', '--admin', 'there'], '--admin: expected a URL'],
    [['discard', '--trigger', 'nats', '--all', '--yes'], 'expected one of: ids'],
    [['list', '--server', 'http://a'], 'TRIGGER_NATS_URL: expected nats://host:port'],
  ])('ends with 64 and one line at wrong usage: %j', async (args, expected) => {
    const { code, stdout, stderr } = await runTributary(['dead-letters', ...args], { SCW_APPLICATION_NAME: 'shop' });
    expect(stderr).toContain(expected);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('asks whose letters are meant, and explains itself with --help', async () => {
    const { code, stderr } = await runTributary(['dead-letters', 'list']);
    expect(code).toBe(64);
    expect(stderr).toContain('Set SCW_APPLICATION_NAME, or give --function NAME');
    for (const args of [['--help'], ['replay', '--help']]) {
      const help = await runTributary(['dead-letters', ...args]);
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/^tributary dead-letters: /);
    }
  });

  it('says in one line that there is no server, or no JetStream', async () => {
    const server = await startNatsServer();
    const env = { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: server.url };
    const plain = await runTributary(['dead-letters', 'list'], env);
    expect([plain.code, plain.stdout]).toEqual([1, '']);
    expect(plain.stderr).toMatch(
      /^tributary dead-letters: dead letters cannot be reached: JetStream is not enabled .*\n$/,
    );
    await server.stop();
    const none = await runTributary(['dead-letters', 'list'], env);
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(
      /^tributary dead-letters: no connection to NATS at .*; start one or set TRIGGER_NATS_URL\n$/,
    );
  });
});

/** A sub-runtime that writes down the body of each request as it came, and fails or rejects it. */
const RECORDER = `
  const { appendFileSync } = require('node:fs');
  require('node:http').createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      appendFileSync(process.env.RECORDED, body + '\\n');
      response.writeHead(body.includes('fails') ? 500 : 200).end('{"statusCode":404}');
    });
  }).listen(process.env.SCW_UPSTREAM_SOCKET);`;

/** What differs between two moments: when it was received, and until when it may run. */
function timeless(invocation: string): string {
  return invocation.replace(/"(deadline|requestTimeEpoch)":\d+/g, '"$1":0');
}

/** What `curl --json` does. */
function post({ upstream }: SubRuntimeUnderTest, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ...upstream, method: 'POST', headers: { 'content-type': 'application/json' } };
    const outgoing = request(options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    outgoing.once('error', reject).end(body);
  });
}

type Sent = readonly [body: string | Buffer, headers?: readonly (readonly [string, string])[]];

const MESSAGES: Record<string, Sent> = {
  text: ['sch\u00f6n \u2028 "quoted"\n'],
  empty: [''],
  binary: [Buffer.from([0, 0xff, 0xfe, 0x80, 10])],
  large: ['x'.repeat(700_000)],
  'delivered twice': ['fails'],
  'rich in headers': [
    'body',
    [
      ['Nats-Msg-Id', 'id-1'],
      ['x-a', '1'],
      ['Tributary-Reason', 'mine'],
      ['X-A', '2'],
      ['x-a', '3'],
      ['Tributary-Kept-Headers', 'no JSON'],
      ['Tributary-Truncated', 'headers'],
      ['X-Unicode', '\u65e5\u672c \u{1f980}'],
      ['Content-Type', 'text/plain'],
      ['7', 'seven'],
      ['Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ],
  ],
  'a CloudEvent in binary mode': [
    '{"total":3}',
    [
      ['ce-specversion', '1.0'],
      ['ce-id', 'A-1'],
      ['ce-source', '/shop'],
      ['ce-type', 'order.placed'],
      ['ce-note', 'sch%C3%B6n'],
      ['content-type', 'application/json'],
    ],
  ],
  'a structured CloudEvent': [
    '{"specversion":"1.0","id":"A-2","source":"/shop","type":"order.placed","time":"2026-01-01T00:00:00Z","data":[1,2]}',
    [['Content-Type', 'application/cloudevents+json']],
  ],
};

const TRIGGERS = ['scaleway', 'cloudevents', 'raw'].map((format, index) => ({
  name: format,
  type: 'nats',
  stream: STREAM,
  format,
  maxDeliver: 2,
  backoffMs: [10],
  ...(index === 1 && { handler: 'other' }),
}));

/** A host in front of the recorder, and what it has received. */
async function recordingHost(nats: DurableServer, triggers: readonly object[], env: Record<string, string> = {}) {
  const folder = folderWith({
    'recorder.cjs': RECORDER,
    'handler.js': '',
    'triggers.json': JSON.stringify({ triggers }),
    recorded: '',
  });
  const recorded = join(folder, 'recorded');
  const variables = {
    SCW_APPLICATION_NAME: 'shop',
    SCW_APPLICATION_VERSION: '1.2',
    SCW_APPLICATION_MEMORY: '256',
    SCW_HANDLER_PATH: join(folder, 'handler.js'),
    INVOCATION_TIMEOUT_MS: '20000',
  };
  const host = await startHost({
    env: {
      ...variables,
      TRIGGER_NATS_URL: nats.server.url,
      TRIGGERS_FILE: join(folder, 'triggers.json'),
      SCW_RUNTIME_BINARY: process.execPath,
      SCW_RUNTIME_BRIDGE: join(folder, 'recorder.cjs'),
      RECORDED: recorded,
      ...env,
    },
  });
  onTestFinished(async () => void (await host.stop()));
  return {
    host,
    received: () => readFileSync(recorded, 'utf8').trimEnd().split('\n').map(timeless),
    /** What the command makes of a letter; its deadline has been looked at. */
    show: async (letter: StoredMsg): Promise<string> => {
      const { code, stdout, stderr } = await command(nats, ['show', String(letter.seq), '--invocation'], variables);
      expect([code, stderr], letter.subject).toEqual([0, '']);
      const { context } = JSON.parse(stdout) as { context: { deadline: number } };
      expect(Math.abs(context.deadline - Date.now() - 20_000)).toBeLessThan(5_000);
      return stdout;
    },
  };
}

describe('tributary dead-letters show --invocation', () => {
  it('prints, byte for byte, what the sub-runtime received last of a message', async () => {
    const nats = await startDurableServer();
    const { host, received, show } = await recordingHost(nats, TRIGGERS);
    const publisher = jetstream(nats.client);
    for (const [body, pairs = []] of Object.values(MESSAGES)) {
      const headers = newHeaders();
      for (const [name, value] of pairs) headers.append(name, value);
      await publisher.publish('orders.new', body, { headers });
    }
    await untilLetters(nats, Object.keys(MESSAGES).length * TRIGGERS.length);
    await host.stop();
    const all = received();
    for (const letter of await nats.letters()) {
      const invocation = await show(letter);
      const name = `${Object.keys(MESSAGES)[Number(letter.header.get('Tributary-Sequence')) - 1]}, ${letter.subject}`;
      expect(all.includes(timeless(invocation)), `${name}: ${invocation.slice(0, 2_000)}`).toBe(true);
      const attempt = invocation.includes('fails') ? 2 : 1;
      expect((JSON.parse(invocation) as { context: object }).context, name).toMatchObject({ attempt });
    }
    expect(new Set(all).size).toBe(all.length);
  });

  it('prints, byte for byte, what the sub-runtime received last of a tick', async () => {
    const nats = await startDurableServer(null);
    const ticks = ['scaleway', 'cloudevents', 'raw'].map((format) => ({
      name: format,
      type: 'cron',
      schedule: '* * * * * *',
      timeZone: 'Europe/Paris',
      maxAttempts: 2,
      format,
      ...(format !== 'raw' && { args: { report: 'sch\u00f6n', fails: format === 'cloudevents' } }),
    }));
    const { host, received, show } = await recordingHost(nats, ticks);
    const oneOfEach = await until('a letter of each schedule', async () => {
      const letters = await nats.letters();
      const found = ticks.map(({ name }) => letters.find((letter) => letter.header.get('Tributary-Trigger') === name));
      return found.every((letter) => letter !== undefined) && found;
    });
    await host.stop();
    for (const letter of oneOfEach) {
      const invocation = await show(letter);
      expect(received(), invocation).toContain(timeless(invocation));
      const attempt = letter.subject.includes('raw') ? 1 : 2;
      expect((JSON.parse(invocation) as { context: object }).context).toMatchObject({ attempt });
    }
  });

  it('prints, byte for byte, what the sub-runtime received last of a queued request', async () => {
    const nats = await startDurableServer(null);
    const { host, received, show } = await recordingHost(nats, [], { TRIGGER_HTTP_ASYNC: 'true' });
    for (const body of ['sch\u00f6n', new Uint8Array([0, 0xff])]) {
      const headers = { prefer: 'respond-async', 'x-request-id': 'order-1', 'nats-msg-id': '1' };
      const answer = await fetch(`${host.url}/a%20b?c=d`, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
    }
    await untilLetters(nats, 2);
    await host.stop();
    for (const letter of await nats.letters()) {
      const invocation = await show(letter);
      expect(invocation).toContain('"requestId":"order-1"');
      expect(received(), invocation).toContain(timeless(invocation));
    }
  });

  it('is what any sub-runtime takes', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger());
    await nats.publish([{ do: 'status', status: 404, hello: 'world' }]);
    await untilLetters(nats, 1);
    await host.stop();
    const code = 'export const handle = (event, { requestId }) => ({ statusCode: 200, body: requestId + event.body });';
    const handler = join(folderWith({ 'handler.mjs': code }), 'handler.mjs');
    const subRuntime = await startHandler(handler);
    const { stdout } = await command(nats, ['show', '1', '--invocation', '--handler-path', handler]);
    const answer = await post(subRuntime, stdout);
    expect(JSON.parse(answer)).toMatchObject({ body: expect.stringContaining(`${STREAM}-1{"do":"status"`) as string });
  });

  it('says in one line which letters cannot be rebuilt', async () => {
    const nats = await startDurableServer();
    await nats.manager.streams.add({ name: 'TRIBUTARY_DEAD_LETTERS', subjects: ['tributary.dead.>'] });
    const cron = await writeLetter(nats, { type: 'cron', sequence: 1 }, 'hello');
    const unknown = await writeLetter(nats, { format: 'xml', sequence: 2 });
    const cut = await writeLetter(nats, { truncated: 'headers', sequence: 3 });
    const show = (id: string) => command(nats, ['show', id, '--invocation', '--handler-path', '/a.js']);
    expect(await show(cron)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no event can be made of') as string,
    });
    expect(await show(unknown)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('the format "xml"') as string,
    });
    expect(await show(cut)).toMatchObject({ code: 0, stderr: expect.stringContaining('lacks them') as string });
  });
});
