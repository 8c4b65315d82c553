import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processesWith } from '../support/processes.js';
import { openRaw, type RawConnection } from '../support/raw-http.js';
import { type Host, type HostOptions, ROOT, startHost, until, workerPids } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

const CLEAN = { code: 0, signal: null };
const GET_PID = 'GET /pid HTTP/1.1\r\nHost: h\r\n\r\n';

async function start(options: HostOptions = {}): Promise<Host> {
  const host = await startHost(options);
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return host;
}

/** The limit of open files of a process that runs; what it has open already stays. */
function limitFiles(host: Host, limit: number): void {
  execFileSync('prlimit', ['--pid', String(host.pid), `--nofile=${limit}:`]);
}

/** Not one more. */
const NONE = 3;
const PLENTY = 1_000;

/** Sends a request and resolves with the status of its answer, the last that came. */
async function statusOn(connection: RawConnection): Promise<string | undefined> {
  const before = statuses(connection).length;
  connection.write(GET_PID);
  return until('an answer', () => statuses(connection).length > before && statuses(connection).at(-1));
}

const statuses = (connection: RawConnection) =>
  [...connection.received().matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

const pidOf = async (host: Host) => (await fetch(`${host.url}/pid`)).text();

describe('descriptors run out', () => {
  it('clients get no more than leaves the function its own: the rest is refused, and said, once', async () => {
    const host = await start({ limits: 'ulimit -n 100' });
    const kept = await openRaw(host.port);
    const crowd = await Promise.all(Array.from({ length: 200 }, () => openRaw(host.port)));
    await host.outputs(
      /Connections that were refused: \d+; 50 are open, and the limit of open files, 100, leaves no more; raise it/,
    );
    const [before = 0] = await workerPids(host);
    process.kill(before, 'SIGKILL');
    await until('another sub-runtime', async () => (await workerPids(host)).some((pid) => pid !== before));
    for (let n = 1; n <= 5; n++) expect(await statusOn(kept)).toBe('200');
    expect(host.output()).not.toContain('EMFILE');
    expect(host.output().match(/were refused: 1;/g)).toHaveLength(1);
    for (const connection of crowd) connection.socket.destroy();
    await until('the function to answer again', async () =>
      fetch(host.url).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(await host.stop()).toEqual(CLEAN);
  });

  it('the admin port keeps to a few, and leaves the function alone', async () => {
    const host = await start({ limits: 'ulimit -n 100' });
    const crowd = await Promise.all(Array.from({ length: 100 }, () => openRaw(Number(new URL(host.adminUrl).port))));
    await host.log(({ context, msg }) => context === 'Admin' && String(msg).includes('were refused'));
    for (let n = 0; n < 5; n++) expect((await fetch(host.url)).status).toBe(200);
    for (const connection of crowd) connection.socket.destroy();
    await until('/readyz to answer again', async () => (await workerPids(host).catch(() => [])).length === 1);
  });

  it('a sub-runtime that cannot be started for want of them is started when there are some, and why is said', async () => {
    const host = await start();
    const kept = await openRaw(host.port);
    expect(await statusOn(kept)).toBe('200');
    const [pid = 0] = await workerPids(host);
    limitFiles(host, NONE);
    process.kill(pid, 'SIGKILL');
    await host.outputs(/EMFILE|too many open files/i);
    expect(await statusOn(kept)).toBe('503');
    limitFiles(host, PLENTY);
    await until('the function to answer again', async () => (await statusOn(kept)) === '200');
    expect(await host.stop()).toEqual(CLEAN);
  });

  it('a connection that cannot be accepted for want of them does not end the host', async () => {
    const host = await start();
    await pidOf(host);
    const kept = await openRaw(host.port);
    limitFiles(host, NONE);
    const late = await openRaw(host.port);
    // The connection is made by the kernel; the host has none to give it.
    late.write(GET_PID);
    kept.write('GET /exit HTTP/1.1\r\nHost: h\r\n\r\n');
    await host.outputs('EMFILE');
    limitFiles(host, PLENTY);
    late.socket.destroy();
    await until('new connections to be accepted', async () =>
      fetch(host.url).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(await host.stop()).toEqual(CLEAN);
  });

  it('a request that finds none for the sub-runtime waits until there are some', async () => {
    const host = await start();
    const kept = await openRaw(host.port);
    limitFiles(host, NONE);
    const answered = statusOn(kept);
    // It is tried again and again meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(statuses(kept)).toEqual([]);
    limitFiles(host, PLENTY);
    expect(await answered).toBe('200');
  });
});

describe('clients that go away', () => {
  it('20 uploads broken off at once, three times, cost nothing and invoke nothing', async () => {
    const host = await start({ env: { INVOCATION_MAX_IN_FLIGHT: '4' } });
    for (let round = 0; round < 3; round++) {
      const uploads = await Promise.all(Array.from({ length: 20 }, () => openRaw(host.port)));
      for (const { socket } of uploads)
        socket.write('POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n');
      for (const { socket } of uploads) socket.write(Buffer.alloc(1_000_000, 'x'));
      for (const [n, { socket }] of uploads.entries()) void (n % 2 === 0 ? socket.resetAndDestroy() : socket.destroy());
      const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${host.url}/pid`)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    }
    await host.log(() => host.logs().filter((line) => 'outcome' in line).length === 24);
    expect(await host.stop()).toEqual(CLEAN);
    expect(host.logs().filter((line) => 'outcome' in line)).toHaveLength(24);
  });
});

describe('the output of the host', () => {
  it.each([
    ['full', 'exec >/dev/full'],
    ['closed', 'exec >&-'],
    ['closed, as are standard input and errors', 'exec <&- >&- 2>&-'],
  ])('changes nothing but the logs where it is %s', async (_how, limits) => {
    const host = await start({ limits });
    for (let n = 0; n < 20; n++) {
      const answer = await fetch(host.url, {
        method: 'POST',
        body: JSON.stringify({ do: 'log', line: 'x'.repeat(10_000) }),
      });
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    const pid = Number(await pidOf(host));
    expect(await host.stop()).toEqual(CLEAN);
    await until(
      'the sub-runtime to be gone',
      () => processesWith(`SCW_UPSTREAM_PORT=${host.port}`).length === 0 && pid > 0,
    );
  });
});

describe('a bug in the host', () => {
  it.each(['throw', 'reject'])(
    'ends it with exit code 1, is told with its stack, and leaves nothing behind: %s',
    async (how) => {
      const temporary = folderWith({});
      const marker = `MARKER_OF_THE_TEST=${temporary}`;
      const host = await start({
        env: {
          TMPDIR: temporary,
          MARKER_OF_THE_TEST: temporary,
          NODE_OPTIONS: `--require ${join(ROOT, 'test/fixtures/bug.cjs')}`,
          BUG: how,
        },
      });
      expect((await fetch(host.url, { headers: { 'x-request-id': 'before' } })).status).toBe(200);
      host.child.kill('SIGUSR2');
      expect(await host.exited).toEqual({ code: 1, signal: null });
      expect(host.output()).toMatch(/a bug of the test\n\s+at /);
      expect(host.logs().some(({ requestId }) => requestId === 'before')).toBe(true);
      await until('all processes to be gone', () => processesWith(marker).length === 0);
      await until('all temporary files to be gone', () => readdirSync(temporary).length === 0);
    },
  );
});
