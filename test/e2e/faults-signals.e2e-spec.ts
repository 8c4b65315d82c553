import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processesWith } from '../support/processes.js';
import { openRaw } from '../support/raw-http.js';
import { freePort, HANDLERS, type Host, type HostOptions, startHost, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

const CLEAN = { code: 0, signal: null };
const MARKER = 'MARKER_OF_THE_TEST';

interface MarkedHost {
  readonly host: Host;
  /** Resolves when no process of it is left. */
  leftNoProcess(): Promise<void>;
  /** Resolves when no process of it is left, and no temporary file. */
  leftNothing(): Promise<void>;
}

/** A host whose processes and temporary files can be told from all others. */
async function start({ env = {}, ...options }: HostOptions = {}): Promise<MarkedHost> {
  const marker = randomUUID();
  const temporary = folderWith({});
  const host = await startHost({ env: { [MARKER]: marker, TMPDIR: temporary, ...env }, ...options });
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  const leftNoProcess = async () =>
    void (await until('all processes to be gone', () => processesWith(`${MARKER}=${marker}`).length === 0));
  return {
    host,
    leftNoProcess,
    leftNothing: async () => {
      await leftNoProcess();
      await until('all temporary files to be gone', () => readdirSync(temporary).length === 0);
    },
  };
}

/** On TCP: `listen` after so many milliseconds. */
function onTcp(afterMs: number): Record<string, string> {
  const code = `setTimeout(() => require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end(String(process.pid)));
  }).listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1'), ${afterMs})`;
  const bridge = join(folderWith({ 'bridge.cjs': code }), 'bridge.cjs');
  return { SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: bridge, SCW_HANDLER_PATH: '/any' };
}

/** A server that takes connections and never says a word. */
async function mutePort(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const natsAt = (port: number) => ({
  SCW_APPLICATION_NAME: 'shop',
  TRIGGER_NATS_URL: `nats://127.0.0.1:${port}`,
  TRIGGER_NATS_SUBJECT: 'orders.>',
  TRIGGER_CRON_SCHEDULE: '* * * * * *',
  TRIGGER_CRON_SHARED: 'false',
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** A sweep from the first instruction of the process until it serves, on a machine that is not busy. */
const MOMENTS = Array.from({ length: 16 }, (_, n) => n * 45);
const AT_ONCE = 4;

async function inBatches<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < all.length; first += AT_ONCE)
    await Promise.all(all.slice(first, first + AT_ONCE).map(act));
}

describe('the end of a life, asked for at any moment', () => {
  it.each([
    ['SIGTERM', 'a sub-runtime that listens at once', () => Promise.resolve({})],
    ['SIGINT', 'a sub-runtime that takes its time', () => Promise.resolve(onTcp(300))],
    ['SIGTERM', 'a sub-runtime that never listens', () => Promise.resolve(onTcp(600_000))],
    ['SIGTERM', 'a NATS server that is mute', async () => natsAt(await mutePort())],
    ['SIGINT', 'no NATS server', async () => natsAt(await freePort())],
  ] as const)('is exit code 0 and leaves nothing behind: %s, %s', async (signal, _what, envOf) => {
    const env = { ...(await envOf()), SHUTDOWN_GRACE_MS: '10000' };
    await inBatches(MOMENTS, async (moment) => {
      const { host, leftNothing } = await start({ env, started: 'spawned' });
      await pause(moment);
      const exit = await host.stop(signal);
      // Before Node has come to our first line, nothing has been started, and the signal does what it always does.
      if (exit.signal === null) expect(exit).toEqual(CLEAN);
      else expect([exit, host.output()]).toEqual([{ code: null, signal }, '']);
      expect(host.output()).not.toMatch(/did not end within|report this/);
      await leftNothing();
    });
  });

  it('is at once, with the code of the signal, after a second one at any moment, and leaves nothing behind', async () => {
    await inBatches(MOMENTS.slice(0, 8), async (moment) => {
      const second = moment % 2 === 0 ? 'SIGTERM' : 'SIGINT';
      const { host, leftNothing } = await start({ env: onTcp(100), started: 'listening' });
      const client = await openRaw(host.port);
      client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc');
      host.child.kill('SIGTERM');
      await pause(moment / 2);
      host.child.kill(second);
      const { code } = await host.exited;
      expect([0, second === 'SIGTERM' ? 143 : 130]).toContain(code);
      await leftNothing();
    });
  });

  it('is at once after a second one that comes during the start', async () => {
    await inBatches(MOMENTS.slice(2, 10), async (moment) => {
      const { host, leftNothing } = await start({ env: onTcp(600_000), started: 'spawned' });
      await pause(moment);
      host.child.kill('SIGTERM');
      await pause(20);
      host.child.kill('SIGTERM');
      const { code, signal } = await host.exited;
      expect(signal === 'SIGTERM' || code === 143 || code === 0).toBe(true);
      await leftNothing();
    });
  });
});

describe('a host that is killed', () => {
  it.each([
    ['a socket', () => ({ SCW_HANDLER_PATH: join(HANDLERS, 'host.cjs') }), '/pid'],
    ['TCP', () => onTcp(0), '/'],
  ] as const)('is followed at once by another on the same ports: %s', async (_place, envOf, path) => {
    const marker = randomUUID();
    const temporary = folderWith({});
    const ports = { PORT: await freePort(), ADMIN_PORT: await freePort(), SCW_UPSTREAM_PORT: await freePort() };
    const env = {
      ...envOf(),
      ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
      TMPDIR: temporary,
      [MARKER]: marker,
    };
    let last = '';
    for (let life = 0; life < 5; life++) {
      const host = await startHost({ env });
      onTestFinished(async () => void (await host.stop('SIGKILL')));
      const pid = await (await fetch(host.url + path)).text();
      expect(pid).toMatch(/^\d+$/);
      expect(pid).not.toBe(last);
      last = pid;
      await host.stop('SIGKILL');
    }
    await until('all processes to be gone', () => processesWith(`${MARKER}=${marker}`).length === 0);
    await until('all temporary files to be gone', () => readdirSync(temporary).length === 0);
  });

  it('in any moment of its start leaves no process behind', async () => {
    await inBatches(MOMENTS, async (moment) => {
      const { host, leftNoProcess } = await start({ started: 'spawned' });
      await pause(moment);
      await host.stop('SIGKILL');
      await leftNoProcess();
    });
  });
});
