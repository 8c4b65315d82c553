import { afterEach, describe, expect, it } from 'vitest';
import { openRaw } from '../support/raw-http.js';
import { childrenOf, isAlive } from '../support/processes.js';
import { type Host, startHost, until } from '../support/start-host.js';

const hosts: Host[] = [];
async function start(options: Parameters<typeof startHost>[0] = {}): Promise<Host> {
  const host = await startHost(options);
  hosts.push(host);
  return host;
}
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop('SIGKILL')));
});

const CLEAN = { code: 0, signal: null };

describe('the end of a life', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'is exit code 0 after %s, with what is in flight answered',
    async (signal) => {
      const host = await start();
      const inFlight = fetch(`${host.url}/slow?ms=700`);
      await host.outputs('slow begins');
      const ended = host.stop(signal);
      const answer = await inFlight;
      expect([answer.status, await answer.text(), answer.headers.get('connection')]).toEqual([
        200,
        'after 700',
        'close',
      ]);
      expect(await ended).toEqual(CLEAN);
    },
  );

  it('does not wait for idle kept-alive connections', async () => {
    const host = await start();
    const idle = await openRaw(host.port);
    idle.write('GET /pid HTTP/1.1\r\nHost: h\r\n\r\n');
    await idle.answers(1);
    const began = Date.now();
    expect(await host.stop()).toEqual(CLEAN);
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it.each([
    ['has sent nothing', ''],
    ['has sent half a head', 'GET / HTTP/1.1\r\nHo'],
    ['sends a body slowly', 'POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc'],
  ])('ends in order, whatever a client does that %s', async (_title, bytes) => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '5000' } });
    const connection = await openRaw(host.port);
    if (bytes) connection.write(bytes);
    await fetch(host.url);
    expect(await host.stop()).toEqual(CLEAN);
    expect(host.output()).not.toContain('did not end within');
  });

  it('ends only when an answer that is being sent has arrived whole', async () => {
    const host = await start();
    const size = 20_000_000;
    const reader = await openRaw(host.port);
    reader.socket.pause();
    reader.write(`GET /large?bytes=${size} HTTP/1.1\r\nHost: h\r\nX-Request-Id: large\r\n\r\n`);
    await host.log(({ requestId, outcome }) => requestId === 'large' && outcome === 'succeeded');
    const ended = host.stop();
    await host.outputs('Shutting down');
    reader.socket.resume();
    const text = await reader.closed();
    expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(size);
    expect(await ended).toEqual(CLEAN);
  });

  it('is exit code 0 where nobody reads what the host writes', async () => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '2000' } });
    host.child.stdout?.destroy();
    host.child.stderr?.destroy();
    void fetch(`${host.url}/slow?ms=60000`).catch(() => undefined);
    expect(await host.stop()).toEqual(CLEAN);
  });

  it('is not ready, but serves, for SHUTDOWN_DELAY_MS', async () => {
    const host = await start({ env: { SHUTDOWN_DELAY_MS: '1500' } });
    const ended = host.stop();
    await until('not ready', async () => (await fetch(`${host.adminUrl}/readyz`)).status === 503);
    expect((await fetch(host.url)).status).toBe(200);
    expect((await fetch(`${host.adminUrl}/livez`)).status).toBe(200);
    expect(await ended).toEqual(CLEAN);
  });

  it('cuts off what does not end within SHUTDOWN_GRACE_MS, and leaves nothing behind', async () => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '2000' } });
    const pid = Number(await (await fetch(`${host.url}/pid`)).text());
    const inFlight = fetch(`${host.url}/slow?ms=60000`).then(
      ({ status }) => status,
      () => 'cut',
    );
    await host.outputs('slow begins');
    const began = Date.now();
    expect(await host.stop()).toEqual(CLEAN);
    expect(Date.now() - began).toBeLessThan(4_000);
    expect([502, 'cut']).toContain(await inFlight);
    await until('the sub-runtime to be gone', () => !isAlive(pid));
  });

  it('ends a sub-runtime that ignores SIGTERM within the grace', async () => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '2000', SCW_HANDLER_NAME: 'handle' } });
    expect(
      (await fetch(`${host.url}/spin`, { signal: AbortSignal.timeout(300) }).catch(() => undefined))?.status,
    ).toBeUndefined();
    const began = Date.now();
    expect(await host.stop()).toEqual(CLEAN);
    expect(Date.now() - began).toBeLessThan(4_000);
  });

  it('is at once after a second signal', async () => {
    const host = await start();
    void fetch(`${host.url}/slow?ms=60000`).catch(() => undefined);
    await host.outputs('slow begins');
    host.child.kill('SIGTERM');
    await host.outputs('Shutting down');
    host.child.kill('SIGTERM');
    expect(await host.exited).toEqual({ code: 143, signal: null });
  });

  it.each([0, 20, 50, 100, 200, 400])(
    'is exit code 0 also %d ms after the first line, in the middle of the start',
    async (delay) => {
      const host = await start({ started: 'spawned' });
      await until('the sub-runtime to be spawned', () => childrenOf(host.pid).length > 0);
      await new Promise((resolve) => setTimeout(resolve, delay));
      const [child] = childrenOf(host.pid);
      expect(await host.stop()).toEqual(CLEAN);
      await until('the sub-runtime to be gone', () => !isAlive(Number(child)));
    },
  );

  it('is exit code 0 while the sub-runtime never starts', async () => {
    const host = await start({
      env: { SCW_RUNTIME_BINARY: 'sleep', SCW_RUNTIME_BRIDGE: undefined },
      started: 'listening',
    });
    expect(await host.stop()).toEqual(CLEAN);
  });
});
