import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, HANDLERS, startHost } from '../support/start-host.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts a host that should refuse to, and gives its output. */
async function refused(env: Record<string, string | undefined>): Promise<string> {
  const host = await startHost({ env, started: 'spawned' });
  const timer = setTimeout(() => host.child.kill('SIGKILL'), 20_000);
  const exit = await host.exited;
  clearTimeout(timer);
  expect(exit).toEqual({ code: 78, signal: null });
  return host.output();
}

describe('section 1: the environment, through the real host', () => {
  it('reports all failures at once with exit code 78', async () => {
    const output = await refused({
      INVOCATION_TIMEOUT_MS: 'soon',
      SUB_RUNTIME_WORKERS: '0',
      TRIGGER_HTP_ENABLED: 'true',
    });
    expect(output).toContain('INVOCATION_TIMEOUT_MS: expected');
    expect(output).toContain('SUB_RUNTIME_WORKERS: expected');
    expect(output).toContain('TRIGGER_HTP_ENABLED: unknown variable; did you mean TRIGGER_HTTP_ENABLED?');
  });

  it('requires SCW_HANDLER_PATH', async () => {
    expect(await refused({ SCW_HANDLER_PATH: undefined })).toContain(
      'SCW_HANDLER_PATH: expected the absolute path of the handler',
    );
  });

  it.each([
    ['a handler that does not exist', { SCW_HANDLER_PATH: '/no/such/handler' }, 'SCW_HANDLER_PATH'],
    ['a folder for a binary', { SCW_HANDLER_PATH: '/tmp', SCW_HANDLER_IS_BINARY: 'true' }, 'SCW_HANDLER_PATH'],
    ['a sub-runtime that does not exist', { SCW_RUNTIME_BINARY: 'no-such-command' }, 'SCW_RUNTIME_BINARY'],
    ['a triggers file that does not exist', { TRIGGERS_FILE: '/no/such/file' }, 'TRIGGERS_FILE'],
    ['a folder for the triggers file', { TRIGGERS_FILE: '/tmp' }, 'TRIGGERS_FILE'],
    ['a schedule that is none', { TRIGGER_CRON_SCHEDULE: 'often' }, 'TRIGGER_CRON_SCHEDULE'],
    ['a schedule without dates', { TRIGGER_CRON_SCHEDULE: '0 0 31 2 *' }, 'TRIGGER_CRON_SCHEDULE'],
    [
      'a time zone that is none',
      { TRIGGER_CRON_SCHEDULE: '* * * * *', TRIGGER_CRON_TIME_ZONE: 'Mars/X' },
      'TRIGGER_CRON_TIME_ZONE',
    ],
    ['subjects without a server', { TRIGGER_NATS_SUBJECT: 'a.b' }, 'TRIGGER_NATS_URL'],
    ['a log level that is none', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ])('refuses %s by name', async (_title, env, name) => {
    expect(await refused(env)).toContain(name);
  });

  it.each([
    ['a path that is too long to be one', { SCW_HANDLER_PATH: `/${'x'.repeat(5_000)}` }, '  SCW_HANDLER_PATH: '],
    ['no path at all', { SCW_HANDLER_PATH: undefined }, '  SCW_HANDLER_PATH: '],
    [
      'a file below a file',
      { TRIGGER_NATS_URL: 'nats://a', TRIGGER_NATS_TLS_CA_FILE: '/etc/hostname/x', SCW_APPLICATION_NAME: 'a' },
      '  TRIGGER_NATS_TLS_CA_FILE: ',
    ],
    ['a line break', { SCW_HANDLER_PATH: '/no\n/such\u001b[31m' }, '  SCW_HANDLER_PATH: /no\\u000a/such\\u001b[31m '],
    ['a name of 100,000 characters', { [`TRIGGER_${'X'.repeat(100_000)}`]: '1' }, '  TRIGGER_XXX'],
    [
      'a password with a comma',
      { TRIGGER_NATS_URL: 'nats://me:s3cret,more@a', SCW_APPLICATION_NAME: 'a' },
      '  TRIGGER_NATS_URL: ',
    ],
  ])('names the variable in a line of its own for %s, and nothing else', async (_title, env, line) => {
    const lines = (await refused(env)).trimEnd().split('\n');
    expect(lines).toEqual(['The configuration is not valid:', expect.stringContaining(line)]);
    expect(lines[1]).not.toContain('s3cret');
  });

  it('reports variables, files and rules together', async () => {
    const output = await refused({
      LOG_LEVEL: 'loud',
      SCW_HANDLER_PATH: '/no/such/handler',
      TRIGGERS_FILE: '/no/such/file',
      ADMIN_TOKEN_FILE: '/no/such/token',
    });
    for (const name of ['LOG_LEVEL', 'SCW_HANDLER_PATH', 'TRIGGERS_FILE', 'ADMIN_TOKEN_FILE'])
      expect(output).toContain(name);
  });

  it('does not wait for a triggers file that is a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await refused({ TRIGGERS_FILE: pipe })).toContain('TRIGGERS_FILE: expected a file');
  });

  it.each(['PORT', 'ADMIN_PORT'])('names %s where the port is taken', async (name) => {
    const taken = createServer();
    const port = await freePort();
    taken.listen(port, name === 'PORT' ? '::' : '127.0.0.1');
    await once(taken, 'listening');
    try {
      expect(await refused({ [name]: String(port) })).toContain(name);
    } finally {
      taken.close();
    }
  });

  it('warns of times that contradict each other, with the arithmetic', async () => {
    const host = await startHost({
      env: { INVOCATION_TIMEOUT_MS: '60000', SHUTDOWN_GRACE_MS: '10000', SHUTDOWN_DELAY_MS: '1000' },
    });
    try {
      await host.outputs(/INVOCATION_TIMEOUT_MS 60000 is beyond what a shutdown leaves, 9000 ms/);
    } finally {
      await host.stop();
    }
  });

  it('serves where Kubernetes injects links of services called admin and trigger-http', async () => {
    const host = await startHost({
      env: {
        TRIGGER_HTTP_PORT: 'tcp://10.0.0.1:80',
        TRIGGER_HTTP_SERVICE_HOST: '10.0.0.1',
        TRIGGER_HTTP_PORT_80_TCP: 'tcp://10.0.0.1:80',
      },
    });
    expect((await fetch(host.url)).status).toBe(200);
    await host.stop();
  });

  it('section 2: takes triggers from a file, with a handler of their own', async () => {
    const file = join(folder, 'triggers.yaml');
    writeFileSync(file, 'triggers:\n  - { name: web, type: http, handler: other }\n');
    const host = await startHost({ env: { TRIGGERS_FILE: file } });
    const answer = await fetch(host.url, { method: 'POST', body: 'x' });
    expect(await answer.text()).toBe('other: x');
    await host.stop();
  });

  it('starts a Python handler by its extension', async () => {
    const file = join(folder, 'handler.py');
    writeFileSync(
      file,
      'def handle(event, context):\n    return {"statusCode": 200, "body": "python " + event["body"]}\n',
    );
    const host = await startHost({ env: { SCW_HANDLER_PATH: file } });
    expect(await (await fetch(host.url, { method: 'POST', body: 'x' })).text()).toBe('python x');
    await host.stop();
  });

  it('does without the HTTP trigger', async () => {
    const host = await startHost({
      env: { TRIGGER_HTTP_ENABLED: 'false', SCW_HANDLER_PATH: join(HANDLERS, 'host.cjs') },
    });
    await expect(fetch(host.url)).rejects.toThrow();
    expect(await host.stop()).toEqual({ code: 0, signal: null });
  });
});
