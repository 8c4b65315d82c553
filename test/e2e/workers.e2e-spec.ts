import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedGate } from '../support/gate.js';
import { isAlive } from '../support/processes.js';
import { freePort, type Host, startHost, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** Waits until the file that the event's body names is there, if it names one, and gives the process and its port. */
const ANSWER = `
const { existsSync } = require('node:fs');
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
const answer = async ({ body }) => {
  if (body) console.log('held by ' + process.pid);
  while (body && !existsSync(body)) await pause();
  return { pid: process.pid, port: Number(process.env.SCW_UPSTREAM_PORT) };
};`;

/** A sub-runtime on TCP, as small as can be. */
const ON_TCP = `${ANSWER}
require('node:http').createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  response.end(JSON.stringify(await answer(JSON.parse(text).event)));
}).listen(Number(process.env.SCW_UPSTREAM_PORT), '127.0.0.1');`;

interface Worker {
  readonly pid: number;
  readonly port: number;
}

/** The first of two ports in a row, both of them given to this test. */
async function freePair(): Promise<number> {
  return until('two free ports in a row', async () => {
    const [first, second] = [await freePort(), await freePort()];
    return second === first + 1 && first;
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  await new Promise((resolve) => server.close(resolve));
  return free;
}

/** A host with two workers, ending with the test. */
async function startTwo(env: Record<string, string>): Promise<Host> {
  const host = await startHost({ env: { SUB_RUNTIME_WORKERS: '2', ...env } });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

const onTcp = (basePort: number) => ({
  SCW_RUNTIME_BINARY: process.execPath,
  SCW_RUNTIME_BRIDGE: join(folderWith({ 'bridge.cjs': ON_TCP }), 'bridge.cjs'),
  SCW_HANDLER_PATH: '/any',
  SCW_UPSTREAM_PORT: String(basePort),
});

/** The worker that answers now; `undefined` where it dies meanwhile. */
async function ask(host: Host, body = ''): Promise<Worker | undefined> {
  const response = await fetch(host.url, { method: 'POST', body });
  const text = await response.text();
  return response.status === 200 ? (JSON.parse(text) as Worker) : undefined;
}

/** Asks until both have answered. */
async function bothOf(host: Host): Promise<[Worker, Worker]> {
  const found = new Map<number, Worker>();
  return until('both workers to answer', async () => {
    const worker = await ask(host);
    if (worker) found.set(worker.pid, worker);
    const [first, second] = found.values();
    return first && second && [first, second];
  });
}

/** Kills the worker that is idle while the other one holds a request; gives what came of them. */
async function killTheIdleOne(host: Host) {
  const workers = await bothOf(host);
  const gate = closedGate();
  const inFlight = ask(host, gate.body);
  await host.outputs(/held by \d+/);
  const [busy, idle] = host.output().includes(`held by ${workers[0].pid}`) ? workers : [workers[1], workers[0]];
  process.kill(idle.pid, 'SIGKILL');
  const successor = await until('the successor to answer', async () => {
    const worker = await ask(host);
    return worker && worker.pid !== busy.pid && worker.pid !== idle.pid && worker;
  });
  const survived = isAlive(busy.pid);
  gate.open();
  return { busy, idle, successor, survived, answer: await inFlight };
}

describe('section 7: workers', () => {
  it('section 7: the k-th of a sub-runtime on TCP listens on SCW_UPSTREAM_PORT + k', async () => {
    const port = await freePair();
    const host = await startTwo(onTcp(port));
    const workers = await bothOf(host);
    expect(new Set(workers.map((worker) => worker.port))).toEqual(new Set([port, port + 1]));
    for (const worker of workers) expect(await isFree(worker.port)).toBe(false);
  });

  it('section 7: one on TCP that is killed comes back on its port, and the other is left alone', async () => {
    const host = await startTwo(onTcp(await freePair()));
    const { busy, idle, successor, survived, answer } = await killTheIdleOne(host);
    expect([survived, answer]).toEqual([true, busy]);
    expect([isAlive(idle.pid), successor.port]).toEqual([false, idle.port]);
  });

  it('section 7: one of the sub-runtime that ships that is killed comes back, and the other is left alone', async () => {
    const folder = folderWith({ 'handler.cjs': `${ANSWER}\nexports.handle = answer;` });
    const host = await startTwo({ SCW_HANDLER_PATH: join(folder, 'handler.cjs') });
    const { busy, idle, survived, answer } = await killTheIdleOne(host);
    expect([survived, answer, isAlive(idle.pid)]).toEqual([true, busy, false]);
  });

  it('section 7: what is in flight on the one that is killed is answered 502, and on the other 200', async () => {
    const host = await startTwo(onTcp(await freePair()));
    const workers = await bothOf(host);
    const gate = closedGate();
    const inFlight = [ask(host, gate.body), ask(host, gate.body)];
    await until('each to hold one', () => workers.every(({ pid }) => host.output().includes(`held by ${pid}`)));
    process.kill(workers[0].pid, 'SIGKILL');
    const crashed = await Promise.race(inFlight);
    gate.open();
    expect(crashed).toBeUndefined();
    expect(await Promise.all(inFlight)).toEqual(expect.arrayContaining([undefined, workers[1]]));
  });
});
