import { chmodSync, createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freeze, isAlive } from '../support/processes.js';
import { HANDLERS, type Host, type HostOptions, startHost, until, workerPids } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

const CLEAN = { code: 0, signal: null };
const FAULTS = { SCW_HANDLER_PATH: join(HANDLERS, 'faults.cjs') };

async function start({ env = {}, ...options }: HostOptions = {}): Promise<Host> {
  const host = await startHost({ env: { ...FAULTS, ...env }, ...options });
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return host;
}

/** A sub-runtime of a few lines, in Node. */
function subRuntime(code: string): Record<string, string> {
  const folder = folderWith({ 'bridge.cjs': code });
  return { SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: join(folder, 'bridge.cjs') };
}

const ask = async (host: Host, path: string) => {
  const response = await fetch(host.url + path);
  return { status: response.status, body: await response.text() };
};

/** The peak of a process's memory, in bytes. */
function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

describe('section 7: a sub-runtime that dies before it was ready', () => {
  it.each([
    ['exits 0', 'process.exit(0)', 'ended with exit code 0 before it listened'],
    ['exits 1', 'process.exit(1)', 'ended with exit code 1 before it listened'],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`, 'was ended by SIGKILL before it listened'],
    ['throws', 'null.nothing', 'ended with exit code 1 before it listened'],
  ])('is said to, and answered 503 for, with the host alive: it %s', async (_how, code, said) => {
    const host = await start({ env: subRuntime(code), started: 'listening' });
    await host.outputs(said);
    const answer = await until('a 503', async () => {
      const response = await fetch(host.url);
      return response.status === 503 && response;
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await fetch(`${host.adminUrl}/readyz`)).status).toBe(503);
    expect((await fetch(`${host.adminUrl}/livez`)).status).toBe(200);
    expect(await host.stop()).toEqual(CLEAN);
  });
});

describe('section 7: a sub-runtime that dies of what it runs', () => {
  it.each(['exit?code=0', 'exit?code=1', 'leak'])('answers 502, and its successor serves: %s', async (how) => {
    const small = join(
      folderWith({ 'node-small': `#!/bin/sh\nexec ${process.execPath} --max-old-space-size=48 "$@"\n` }),
      'node-small',
    );
    chmodSync(small, 0o755);
    const host = await start({ env: { SCW_RUNTIME_BINARY: small } });
    const { body: first } = await ask(host, '/pid');
    const inFlight = ask(host, '/slow?ms=60000');
    await host.outputs('slow begins');
    expect((await ask(host, `/${how}`)).status).toBe(502);
    expect((await inFlight).status).toBe(502);
    const next = await ask(host, '/pid');
    expect(next.status).toBe(200);
    expect(next.body).not.toBe(first);
    expect(peakMemory(host.pid)).toBeLessThan(400_000_000);
  });

  it('after each answer is started again each time, and nobody is refused', async () => {
    const host = await start();
    const pids = new Set<string>();
    for (let n = 0; n < 6; n++) {
      const { status, body } = await ask(host, '/answerAndExit');
      expect(status).toBe(200);
      pids.add(body);
      // Not before the host knows: threads of it may still hold its sockets open when it is a zombie.
      await until('its end to be known', async () => !(await workerPids(host)).includes(Number(body)));
    }
    expect(pids.size).toBe(6);
  });

  it('takes a crowd of descendants with it, whatever sessions and pipes they have', async () => {
    const host = await start();
    const pids = (await ask(host, '/fork?count=12')).body.split(' ').map(Number);
    expect(pids.filter(isAlive)).toHaveLength(12);
    await ask(host, '/exit?code=1');
    expect((await ask(host, '/pid')).status).toBe(200);
    await until('all of them to be gone', () => !pids.some(isAlive));
  });
});

describe('section 7: the output of a sub-runtime', () => {
  it('of 100 MB without a newline is split at 64 KiB, in bounded memory, while HTTP goes on', async () => {
    const file = join(folderWith({ log: '' }), 'log');
    const host = await start({ limits: `exec >${file}` });
    await ask(host, '/pid');
    const before = peakMemory(host.pid);
    const over = new AbortController();
    const flood = ask(host, '/flood?megabytes=100').finally(() => over.abort());
    let served = 0;
    while (!over.signal.aborted) {
      expect((await ask(host, '/pid')).status).toBe(200);
      served++;
    }
    expect((await flood).status).toBe(200);
    expect(served).toBeGreaterThan(10);
    await until('the last line', () => readFileSync(file).includes('END"'));
    expect(peakMemory(host.pid) - before).toBeLessThan(100_000_000);
    let bytes = 0;
    for await (const text of createInterface(createReadStream(file))) {
      const { context, msg } = JSON.parse(text) as { context?: string; msg: string };
      if (context !== 'function') continue;
      expect(msg.length).toBeLessThanOrEqual(65_536);
      bytes += msg.length;
    }
    expect(bytes).toBe(100 * 1_048_576 + 'END'.length);
  });

  it('that is closed changes nothing for those who ask', async () => {
    const host = await start();
    const { body: pid } = await ask(host, '/closeOutput?fd=1');
    await ask(host, '/closeOutput?fd=2');
    for (let n = 0; n < 20; n++) expect(await ask(host, '/pid')).toEqual({ status: 200, body: pid });
    expect(await host.stop()).toEqual(CLEAN);
  });
});

describe('section 7: a sub-runtime that does not go', () => {
  it('is ended by SIGKILL within the grace where it ignores every other signal', async () => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '6000' } });
    const pid = Number((await ask(host, '/ignoreSignals')).body);
    expect(await host.stop()).toEqual(CLEAN);
    expect(host.output()).not.toContain('did not end within');
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended by SIGKILL within the grace where it is stopped', async () => {
    const host = await start({ env: { SHUTDOWN_GRACE_MS: '6000' } });
    const [pid = 0] = await workerPids(host);
    await freeze(pid);
    expect(await host.stop()).toEqual(CLEAN);
    expect(host.output()).not.toContain('did not end within');
    await until('it to be gone', () => !isAlive(pid));
  });

  it('is killed and started again when it is stopped: 504, and then another answers', { timeout: 60_000 }, async () => {
    const host = await start({ env: { INVOCATION_TIMEOUT_MS: '500' } });
    const [pid = 0] = await workerPids(host);
    await freeze(pid);
    expect((await ask(host, '/pid')).status).toBe(504);
    const next = await until('another process to answer', async () => {
      const answer = await ask(host, '/pid');
      return answer.status === 200 && answer.body;
    });
    expect(Number(next)).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
  });
});
