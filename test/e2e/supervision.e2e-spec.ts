import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../support/processes.js';
import { freePort, type Host, startHost, until } from '../support/start-host.js';

const hosts: Host[] = [];
async function start(options: Parameters<typeof startHost>[0]): Promise<Host> {
  const host = await startHost(options);
  hosts.push(host);
  return host;
}
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop('SIGKILL')));
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervision-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A sub-runtime of a few lines, in Node, on TCP. */
function subRuntime(name: string, code: string): Record<string, string> {
  const file = join(folder, name);
  writeFileSync(file, code);
  return { SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: file, SCW_HANDLER_PATH: '/any' };
}

const SERVE = `require('node:http').createServer((req, res) => { req.resume(); req.on('end', () => res.end('served')); })
  .listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1');`;

const text = async (url: string): Promise<string> => (await fetch(url)).text();

describe('section 7: the sub-runtime, supervised', () => {
  it('answers 502 to what is in flight when it dies, and serves again', async () => {
    const host = await start({});
    await text(host.url);
    const first = await text(`${host.url}/pid`);
    const inFlight = fetch(`${host.url}/slow?ms=60000`);
    const killing = fetch(`${host.url}/kill`);
    expect([(await inFlight).status, (await killing).status]).toEqual([502, 502]);
    expect(await text(`${host.url}/pid`)).not.toBe(first);
  });

  it('runs nothing twice: what was in flight in a crash is not sent again', async () => {
    const log = join(folder, 'runs');
    const code = `require('node:http').createServer((req, res) => { req.resume(); req.on('end', () => {
      require('node:fs').appendFileSync(${JSON.stringify(log)}, 'run\\n'); process.exit(1); }); })
      .listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1');`;
    const host = await start({ env: subRuntime('exits.cjs', code) });
    expect((await fetch(host.url)).status).toBe(502);
    await until('the next sub-runtime', async () => (await fetch(`${host.adminUrl}/readyz`)).ok);
    expect(readFileSync(log, 'utf8')).toBe('run\n');
  });

  it('answers 503 with Retry-After while it backs off', async () => {
    const host = await start({
      env: subRuntime('dies.cjs', 'setTimeout(() => process.exit(3), 20)'),
      started: 'listening',
    });
    await host.outputs('exit code 3');
    const answer = await until('a 503', async () => {
      const response = await fetch(host.url);
      return response.status === 503 && response;
    });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('lets requests wait while it starts', async () => {
    const late = subRuntime('late.cjs', `setTimeout(() => { ${SERVE} }, 1500)`);
    const host = await start({ env: late, started: 'listening' });
    expect(await text(host.url)).toBe('served');
  });

  it('is killed and started again when it does not listen in time', async () => {
    const mute = subRuntime('mute.cjs', 'setInterval(() => {}, 1000)');
    const host = await start({ env: { ...mute, SUB_RUNTIME_START_TIMEOUT_MS: '300' }, started: 'listening' });
    await host.outputs('SUB_RUNTIME_START_TIMEOUT_MS');
    expect((await fetch(host.url)).status).toBe(503);
  });

  it('is killed and started again when it is silent for 10 s after a timeout', { timeout: 60_000 }, async () => {
    const host = await start({ env: { INVOCATION_TIMEOUT_MS: '500' } });
    const before = await text(`${host.url}/pid`);
    expect((await fetch(`${host.url}/spin`)).status).toBe(504);
    const began = Date.now();
    const after = await until(
      'another process to answer',
      async () => {
        const response = await fetch(`${host.url}/pid`);
        return response.status === 200 && response.text();
      },
      40_000,
    );
    expect(after).not.toBe(before);
    expect(Date.now() - began).toBeGreaterThan(8_000);
  });

  it('is killed and started again when it takes no connection for 10 s', { timeout: 60_000 }, async () => {
    const code = `const server = require('node:http').createServer((req, res) => { req.resume(); req.on('end', () => {
      server.close(); res.setHeader('connection', 'close'); res.end(String(process.pid)); }); });
      server.listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1'); setInterval(() => {}, 1000);`;
    const host = await start({ env: { ...subRuntime('closes.cjs', code), INVOCATION_TIMEOUT_MS: '1500' } });
    const before = await text(host.url);
    const after = await until(
      'another process to answer',
      async () => {
        const response = await fetch(host.url);
        const answer = await response.text();
        return response.status === 200 && answer !== before && answer;
      },
      45_000,
    );
    expect(after).not.toBe(before);
  });

  it('is killed and started again when its leash has been killed', async () => {
    const host = await start({});
    const before = await text(`${host.url}/pid`);
    await fetch(`${host.url}/unleash`);
    await until('another process to answer', async () => {
      const response = await fetch(`${host.url}/pid`);
      return response.status === 200 && (await response.text()) !== before;
    });
    expect(isAlive(Number(before))).toBe(false);
  });

  it('keeps the permit of a timed-out handler until it answers', async () => {
    const host = await start({ env: { INVOCATION_TIMEOUT_MS: '400', INVOCATION_MAX_IN_FLIGHT: '1' } });
    expect((await fetch(`${host.url}/slow?ms=1200`)).status).toBe(504);
    expect((await fetch(`${host.url}/pid`)).status).toBe(504);
    await until('the permit to be free', async () => (await fetch(`${host.url}/pid`)).status === 200);
  });

  it('runs SUB_RUNTIME_WORKERS processes and sends to the least busy', async () => {
    const host = await start({ env: { SUB_RUNTIME_WORKERS: '3' } });
    await until('all workers', async () => {
      const { components } = (await (await fetch(`${host.adminUrl}/readyz`)).json()) as {
        components: { subRuntime: { workers: { state: string }[] } };
      };
      return components.subRuntime.workers.filter(({ state }) => state === 'ready').length === 3;
    });
    const slow = Array.from({ length: 2 }, () => fetch(`${host.url}/slow?ms=2000`));
    await until('both to run', () => host.logs().filter(({ msg }) => msg === 'slow begins').length === 2);
    const pids = new Set<string>();
    for (let i = 0; i < 5; i++) pids.add(await text(`${host.url}/pid`));
    expect(pids.size).toBe(1);
    await Promise.all(slow);
    const all = await Promise.all(Array.from({ length: 30 }, () => text(`${host.url}/pid`)));
    expect(new Set(all).size).toBe(3);
  });

  it.each(['false', 'true'])(
    'leaves no descendant behind when the host is killed (in a session of its own: %s)',
    async (detached) => {
      const host = await start({});
      const child = Number(await text(`${host.url}/pid`));
      const grandchild = Number(await text(`${host.url}/grandchild?detached=${detached}`));
      expect([isAlive(child), isAlive(grandchild)]).toEqual([true, true]);
      await host.stop('SIGKILL');
      await until('all descendants to be gone', () => !isAlive(child) && !isAlive(grandchild));
    },
  );

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no descendant behind when it crashes, nor after %s',
    async (signal) => {
      const host = await start({});
      const grandchild = Number(await text(`${host.url}/grandchild`));
      await fetch(`${host.url}/kill`);
      await until('the grandchild to be gone', () => !isAlive(grandchild));
      const next = Number(await text(`${host.url}/grandchild`));
      await host.stop(signal);
      await until('the next grandchild to be gone', () => !isAlive(next));
    },
  );

  it('takes a listener that is not of its group for an error, never for a peer', async () => {
    const foreign = createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nforeign'),
    );
    const port = await freePort();
    foreign.listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    try {
      const env = { ...subRuntime('taken.cjs', SERVE), SCW_UPSTREAM_PORT: String(port) };
      const host = await start({ env, started: 'listening' });
      await host.outputs(`Port ${port} is held by a process that is not the sub-runtime`);
      expect((await fetch(host.url)).status).toBe(503);
    } finally {
      foreign.close();
    }
  });

  it('does not claim SCW_UPSTREAM_PORT where a socket is used', async () => {
    const taken = createServer();
    const port = await freePort();
    taken.listen(port, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const host = await start({ env: { SCW_UPSTREAM_PORT: String(port) } });
      expect((await fetch(host.url)).status).toBe(200);
    } finally {
      taken.close();
    }
  });

  it('makes its output log lines, split and escaped', async () => {
    const host = await start({});
    await fetch(host.url, { method: 'POST', body: JSON.stringify({ do: 'log', line: 'said \u001b[31mred' }) });
    const line = await host.log((entry) => String(entry['msg']).includes('said'));
    expect(line['msg']).toContain('said \\u001b[31mred');
    expect(line['stream']).toBe('stdout');
  });

  it('section 1: gets the SCW_ variables and all that is not ours, and none of ours', async () => {
    const host = await start({ env: { TRIGGER_NATS_TOKEN: 'hunter2', MY_OWN: 'kept', SCW_APPLICATION_NAME: 'app' } });
    const environment = JSON.parse(await text(`${host.url}/environment`)) as Record<string, string>;
    expect(environment).toMatchObject({ MY_OWN: 'kept', SCW_APPLICATION_NAME: 'app', SCW_HANDLER_NAME: 'handle' });
    expect(
      Object.keys(environment).filter((name) =>
        /^(TRIGGER|INVOCATION|SUB_RUNTIME|ADMIN|LOG|SHUTDOWN)_|^PORT$/.test(name),
      ),
    ).toEqual([]);
  });

  it.each([
    ['garbage', `s.on('data', () => s.end('garbage\\r\\n\\r\\n'))`, 502],
    [
      'a redirect',
      `s.on('data', () => s.end('HTTP/1.1 302 Found\\r\\nLocation: /\\r\\nContent-Length: 0\\r\\n\\r\\n'))`,
      502,
    ],
    ['a 404', `s.on('data', () => s.end('HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n'))`, 502],
    ['half an answer', `s.on('data', () => s.end('HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nhalf'))`, 502],
    ['nothing', `s.on('data', () => s.end())`, 502],
    ['any 2xx', `s.on('data', () => s.end('HTTP/1.1 299 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'))`, 200],
    ['a 500', `s.on('data', () => s.end('HTTP/1.1 500 E\\r\\nContent-Length: 4\\r\\n\\r\\nboom'))`, 500],
  ])('section 4: answers by the status of the sub-runtime: %s', async (name, answer, status) => {
    const code = `require('node:net').createServer((s) => { s.on('error', () => {}); ${answer}; }).listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1');`;
    const host = await start({ env: subRuntime(`${name.replaceAll(' ', '-')}.cjs`, code) });
    expect((await fetch(host.url)).status).toBe(status);
  });
});
