import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTributary } from '../support/cli.js';
import { ROOT, until } from '../support/start-host.js';
import { PYTHON } from '../support/sub-runtime.js';
import { isAlive } from '../support/processes.js';

const HANDLER = `
  exports.handle = (event, context) => ({ statusCode: 200, headers: { 'X-Id': context.requestId }, body: { event, context } });
  exports.tell = () => { console.log('out'); console.error('err'); return 'told'; };
  exports.bytes = () => ({ statusCode: 201, body: 'AP8=', isBase64Encoded: true });
  exports.reject = () => ({ statusCode: 404, body: 'no such order' });
  exports.fail = () => ({ statusCode: 503, body: 'later' });
  exports.throws = () => { throw new Error('broken'); };
  exports.malformed = () => ({ statusCode: 99 });
  exports.dies = () => process.exit(7);
  exports.hangs = () => { console.log('pid ' + process.pid); return new Promise(() => undefined); };
`;

let folder: string;
let handler: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'invoke-'));
  handler = join(folder, 'handler.cjs');
  writeFileSync(handler, HANDLER);
});
afterAll(() => rmSync(folder, { recursive: true }));

const invoke = (args: string[], env: Record<string, string> = {}) =>
  runTributary(['invoke', ...args], { SCW_HANDLER_PATH: handler, TMPDIR: folder, ...env });

interface Received {
  readonly event: Readonly<Record<string, unknown>> & { readonly requestContext: Record<string, unknown> };
  readonly context: Readonly<Record<string, unknown>>;
}

async function received(args: string[], env: Record<string, string> = {}): Promise<Received> {
  const { code, stdout, stderr } = await invoke(args, env);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Received;
}

describe.concurrent('tributary invoke', () => {
  it('hands over an HTTP request as the trigger would', async () => {
    const { event, context } = await received(
      ['--path', '/orders%20x?id=7&id=8', '--header', 'x-tenant: a', '--header', 'X-Tenant: b', '--data', '{"n":1}'],
      { SCW_APPLICATION_NAME: 'shop', SCW_APPLICATION_VERSION: '3', INVOCATION_TIMEOUT_MS: '5000' },
    );
    expect(event).toMatchObject({
      resource: 'http',
      httpMethod: 'POST',
      path: '/orders x',
      queryStringParameters: { id: '8' },
      multiValueHeaders: { 'X-Tenant': ['a', 'b'], 'Content-Length': ['7'] },
      headers: { Host: 'localhost' },
      body: '{"n":1}',
      requestContext: { eventType: 'http', triggerName: 'http', identity: { sourceIp: '127.0.0.1' } },
    });
    expect(context).toMatchObject({ functionName: 'shop', functionVersion: '3', attempt: 1 });
    expect(context['requestId']).toBe(event.requestContext['requestId']);
    expect(Number(context['deadline']) - Number(event.requestContext['requestTimeEpoch'])).toBeGreaterThan(4_999);
  });

  it('hands over a tick, with the settings of the environment', async () => {
    const { event } = await received(['--type', 'cron'], {
      TRIGGER_CRON_SCHEDULE: '0 3 * * *',
      TRIGGER_CRON_ARGS: '{"report":"daily"}',
    });
    expect(event).toMatchObject({
      resource: 'cron',
      body: '{"report":"daily"}',
      cron: { schedule: '0 3 * * *', attempt: 1 },
    });
    const other = await received(['--type', 'cron', '--args', '[1]']);
    expect(other.event['body']).toBe('[1]');
    const raw = await received(['--type', 'cron', '--args', '[1]'], { TRIGGER_CRON_FORMAT: 'raw' });
    expect(raw.event).toBe('[1]');
  });

  it('hands over a NATS message, with bytes of a file', async () => {
    const file = join(folder, 'data');
    writeFileSync(file, Buffer.from([0, 255]));
    const { event } = await received(
      ['--type', 'nats', '--subject', 'orders.new', '--header', 'X-Request-Id: abc', '--data-file', file],
      { SCW_APPLICATION_NAME: 'shop' },
    );
    expect(event).toMatchObject({
      resource: 'nats',
      body: 'AP8=',
      isBase64Encoded: true,
      requestContext: { requestId: 'abc' },
      nats: { subject: 'orders.new', queue: 'shop' },
    });
  });

  it('hands over a whole event as it is, or a request that was rebuilt from a dead letter', async () => {
    const file = join(folder, 'event.json');
    writeFileSync(file, '{"any":["thing"]}');
    expect((await received(['--event', file])).event).toEqual({ any: ['thing'] });
    const letter = join(folder, 'letter.json');
    const whole = {
      event: { n: 1 },
      context: { requestId: 'ORDERS-7', attempt: 5 },
      handlerName: 'handle',
      handlerPath: '/x',
    };
    writeFileSync(letter, JSON.stringify(whole));
    const { event, context } = await received(['--event', letter], { SCW_HANDLER_NAME: 'throws' });
    expect(event).toEqual({ n: 1 });
    expect(context).toMatchObject({ requestId: 'ORDERS-7', attempt: 5 });
  });

  it("prints the body alone to stdout, and the function's output, outcome and headers to stderr", async () => {
    const { code, stdout, stderr } = await invoke(['--function', 'tell']);
    expect(stdout).toBe('told');
    expect(stderr).toMatch(/^out$/m);
    expect(stderr).toMatch(/^err$/m);
    expect(stderr).toMatch(/^succeeded in \d+ ms, status 200\nContent-Type: text\/plain; charset=utf-8\n$/m);
    expect(code).toBe(0);
  });

  it('prints bytes as they are', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/tributary.js'), 'invoke', '--function', 'bytes'], {
      env: { PATH: process.env['PATH'], SCW_HANDLER_PATH: handler, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0, 255]));
  });

  it.each([
    ['reject', 'no such order', /^rejected in \d+ ms, status 404$/m],
    ['fail', 'later', /^failed in \d+ ms, status 503$/m],
    ['throws', '', /^failed in \d+ ms, status 500: .*broken/m],
    ['malformed', '', /^failed in \d+ ms, status 502: .*statusCode/m],
    ['dies', '', /^crashed in \d+ ms, status 502: it ended with exit code 7$/m],
    ['missing', '', /^failed in \d+ ms, status 500: .*missing/m],
  ])('exit code 1 where the function is %s', async (name, body, line) => {
    const { code, stdout, stderr } = await invoke(['--function', name]);
    expect(stderr).toMatch(line);
    expect(stdout).toBe(body);
    expect(code).toBe(1);
  });

  it('waits no longer than the deadline, and leaves no process behind', async () => {
    const { code, stderr } = await invoke(['--function', 'hangs'], { INVOCATION_TIMEOUT_MS: '300' });
    expect(stderr).toMatch(/^timed-out in \d+ ms, status 504: /m);
    expect(code).toBe(1);
    expect(isAlive(Number(/^pid (\d+)$/m.exec(stderr)?.[1]))).toBe(false);
  });

  it('leaves no process behind where it is interrupted', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/tributary.js'), 'invoke', '--function', 'hangs'], {
      env: { PATH: process.env['PATH'], SCW_HANDLER_PATH: handler, TMPDIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const pid = await until('the function to run', () => Number(/^pid (\d+)$/m.exec(stderr)?.[1]) || undefined);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
    await until('the sub-runtime to end', () => !isAlive(pid));
  });

  it('runs a handler of another language, by a path relative to this folder', async () => {
    const { code, stdout, stderr } = await runTributary(
      ['invoke', '--handler', 'examples/python/handler.py', '--data', 'Ada'],
      { SCW_RUNTIME_BINARY: PYTHON, TMPDIR: folder },
    );
    expect(stderr).toMatch(/^reached by http$/m);
    expect(stdout).toBe('Hello Ada, from a function\n');
    expect(code).toBe(0);
  });

  it('says what keeps the function from starting', async () => {
    const missing = await runTributary(['invoke', '--handler', '/no/such/handler.js']);
    expect(missing.stderr).toMatch(
      /^tributary invoke: SCW_HANDLER_PATH \/no\/such\/handler\.js does not exist[^\n]*\n$/,
    );
    expect(missing.code).toBe(1);
    const file = join(folder, 'ends.sh');
    writeFileSync(file, '#!/bin/sh\necho no licence\nexit 3\n', { mode: 0o755 });
    const ends = await runTributary(['invoke', '--handler', file], { SCW_HANDLER_IS_BINARY: 'true', TMPDIR: folder });
    expect(ends.stderr).toMatch(
      /^no licence\ntributary invoke: The sub-runtime ended with exit code 3 before it listened[^\n]*\n$/,
    );
    expect(ends.code).toBe(1);
  });

  it.each([
    [['--type', 'mqtt'], '--type "mqtt" is none of http, cron, nats'],
    [['--type', 'nats'], 'expected --subject'],
    [['--type', 'nats', '--subject', 'a.*'], 'no subject without wildcards'],
    [['--subject', 'a'], '--subject means nothing for --type http'],
    [['--type', 'cron', '--data', 'x'], '--data means nothing for --type cron'],
    [['--type', 'cron', '--args', '{'], '--args is no JSON'],
    [['--event', '/no/such/file'], '--event /no/such/file cannot be read'],
    [['--event', 'x', '--type', 'http'], '--event and --type contradict each other'],
    [['--event', 'x', '--path', '/'], '--path means nothing for --event'],
    [['--data', 'x', '--data-file', 'y'], '--data and --data-file contradict each other'],
    [['--path', 'orders'], 'is no path'],
    [['--path', '/%zz'], 'is no path'],
    [['--method', 'GE T'], 'is no method'],
    [['--header', 'nothing'], "is not 'Name: value'"],
    [['--what'], "Unknown option '--what'"],
    [['stray'], 'stray'],
  ])('exit code 64 for %j', async (args, message) => {
    const { code, stdout, stderr } = await invoke(args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^tributary invoke: [^\n]*; see tributary invoke --help\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });

  it('exit code 64 without a handler, and for a variable that is wrong', async () => {
    const without = await runTributary(['invoke']);
    expect(without.stderr).toContain('expected --handler PATH, or SCW_HANDLER_PATH');
    expect(without.code).toBe(64);
    const wrong = await invoke([], { INVOCATION_TIMEOUT_MS: 'soon' });
    expect(wrong.stderr).toMatch(/^tributary invoke: INVOCATION_TIMEOUT_MS: expected [^\n]*\n$/);
    expect(wrong.code).toBe(64);
  });

  it('explains itself', async () => {
    const { code, stdout } = await invoke(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--subject SUBJECT');
  });
});

it('leaves no socket folder behind', async () => {
  const sockets = () => readdirSync(folder).filter((name) => name.startsWith('tributary-'));
  await until('the folders of the sockets to go', () => sockets().length === 0);
});
