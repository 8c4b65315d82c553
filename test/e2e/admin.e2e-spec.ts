import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type HostOptions, startHost, until } from '../support/start-host.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** `fetch` would set `Host` and `Origin` by itself. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.once('error', reject).end();
  });
}

async function readyz(host: Host): Promise<{ status: number; components: Record<string, unknown> }> {
  const { status, text } = await get(`${host.adminUrl}/readyz`);
  return { status, components: (JSON.parse(text) as { components: Record<string, unknown> }).components };
}

const serves = (status: number) => `(request, response) => response.writeHead(${status}).end('{}')`;

describe('the admin port', () => {
  let folder: string;
  let host: Host | undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'admin-e2e-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await host?.stop('SIGKILL');
    host = undefined;
  });

  async function start(options: HostOptions = {}): Promise<Host> {
    host = await startHost(options);
    return host;
  }

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  /** A sub-runtime that runs `code`; `gate` is a path that a test may create, `listen()` what a sub-runtime does. */
  function subRuntime(name: string, code: string): Record<string, string> {
    const text = `
      import { existsSync, writeFileSync } from 'node:fs';
      import { createServer } from 'node:http';
      const gate = ${JSON.stringify(join(folder, `${name}.gate`))};
      const untilOpen = async () => { while (!existsSync(gate)) await new Promise((done) => setTimeout(done, 5)); };
      const listen = (handle) => createServer(handle).listen(process.env.SCW_UPSTREAM_SOCKET);
      ${code}`;
    return { SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: file(`${name}.mjs`, text) };
  }
  const openGate = (name: string) => file(`${name}.gate`, '');

  describe('probes', () => {
    it('section 10: gives its page to everyone, which holds no data and may load nothing but its own files', async () => {
      const { adminUrl } = await start({
        env: { ADMIN_TOKEN: 'the-admin-token', SCW_APPLICATION_NAME: 'the-function' },
      });
      const types = { '/': 'text/html', '/page.js': 'text/javascript', '/page.css': 'text/css' };
      for (const [path, type] of Object.entries(types)) {
        const { status, headers, text } = await get(adminUrl + path, { host: 'anything.example' });
        expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: `${type}; charset=utf-8` });
        expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
        expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
        expect(headers['content-security-policy']).not.toMatch(/unsafe|[*]|https?:/);
        expect(text).not.toMatch(/the-admin-token|the-function/);
      }
    });

    it('listens while the first invocation, which it lets go first, still runs', async () => {
      const env = subRuntime(
        'long',
        `listen(async (request, response) => { await untilOpen(); response.end('{}'); });`,
      );
      const { url, outputs } = await start({ env, started: 'spawned' });
      let answered = false;
      const first = until('an answer', () => fetch(url).catch(() => undefined)).then(() => (answered = true));
      await outputs('The admin port listens');
      expect(answered).toBe(false);
      openGate('long');
      await first;
    });

    it('section 10: is alive but not ready until the sub-runtime listens', async () => {
      const env = subRuntime('slow', `await untilOpen(); listen(${serves(200)});`);
      const { adminUrl } = await start({ env, started: 'listening' });
      const before = await readyz(host as Host);
      expect(before.status).toBe(503);
      expect(before.components).toMatchObject({
        subRuntime: { ready: false, workers: [{ index: 0, state: 'starting', pid: expect.any(Number) as number }] },
        shutdown: { ready: true, phase: 'serving' },
      });
      expect(await get(`${adminUrl}/livez`)).toMatchObject({ status: 200, text: '{"status":"ok"}' });
      openGate('slow');
      const after = await until('the host to be ready', async () => {
        const report = await readyz(host as Host);
        return report.status === 200 && report;
      });
      expect(after.components['subRuntime']).toMatchObject({ ready: true, workers: [{ state: 'ready' }] });
    });

    it('section 10: is alive but not ready while the sub-runtime backs off', async () => {
      await start({ env: subRuntime('broken', 'process.exit(3);'), started: 'listening' });
      await until('the sub-runtime to back off', async () => {
        const { status, components } = await readyz(host as Host);
        expect(status).toBe(503);
        const { workers } = components['subRuntime'] as { workers: { state: string }[] };
        return workers[0]?.state === 'backing-off';
      });
      expect((await get(`${host?.adminUrl}/livez`)).status).toBe(200);
    });

    it('section 10: is ready again, by another process, after the sub-runtime died', async () => {
      const { url } = await start();
      const pidOf = async () => {
        const { status, components } = await readyz(host as Host);
        const { workers } = components['subRuntime'] as { workers: { pid: number }[] };
        return status === 200 ? workers[0]?.pid : undefined;
      };
      const first = await pidOf();
      expect((await get(`${url}/kill`)).status).toBe(502);
      const second = await until('another process', async () => {
        const pid = await pidOf();
        return pid !== first && pid;
      });
      expect(second).toEqual(expect.any(Number));
    });

    it('section 10: is alive but not ready from SIGTERM to the end of what is in flight', async () => {
      const arrived = join(folder, 'arrived');
      const code = `listen(async (request, response) => {
        writeFileSync(${JSON.stringify(arrived)}, '');
        await untilOpen();
        response.writeHead(200).end('done');
      });`;
      const { url, adminUrl, child, exited } = await start({ env: subRuntime('gated', code) });
      const answer = get(url);
      await until('the invocation to run', () => existsSync(arrived));
      child.kill('SIGTERM');
      await until('the drain', async () => (await readyz(host as Host)).status === 503);
      expect((await readyz(host as Host)).components['shutdown']).toEqual({ ready: false, phase: 'draining' });
      expect((await get(`${adminUrl}/livez`)).status).toBe(200);
      openGate('gated');
      expect(await answer).toMatchObject({ status: 200, text: 'done' });
      expect(await exited).toEqual({ code: 0, signal: null });
    });

    it('section 10: is not ready during SHUTDOWN_DELAY_MS, in which HTTP is still served', async () => {
      const { url, child } = await start({ env: { SHUTDOWN_DELAY_MS: '20000', SHUTDOWN_GRACE_MS: '40000' } });
      child.kill('SIGTERM');
      await until('the drain', async () => (await readyz(host as Host)).status === 503);
      expect((await get(`${url}/pid`)).status).toBe(200);
    });

    it('section 6: is not ready without a key where the function is private', async () => {
      const { url } = await start({ env: { SCW_PUBLIC: 'false' }, started: 'listening' });
      const { status, components } = await readyz(host as Host);
      expect(status).toBe(503);
      expect(components['auth']).toMatchObject({ ready: false, problem: expect.stringContaining('SCW_PUBLIC_KEY') });
      expect((await get(url, { 'x-auth-token': 'a' })).status).toBe(500);
    });

    it('section 8: is ready without a NATS server, unless HTTP is disabled', async () => {
      const nats = {
        SCW_APPLICATION_NAME: 'admin-e2e',
        TRIGGER_NATS_URL: 'nats://127.0.0.1:1',
        TRIGGER_NATS_SUBJECT: 'a.b',
      };
      await start({ env: nats });
      expect((await readyz(host as Host)).components['nats']).toEqual({ ready: true, state: 'connecting' });
      await host?.stop('SIGKILL');
      await start({ env: { ...nats, TRIGGER_HTTP_ENABLED: 'false' }, started: 'listening' });
      const report = await readyz(host as Host);
      expect(report.status).toBe(503);
      expect(report.components['nats']).toEqual({ ready: false, state: 'connecting' });
    });
  });

  describe('who may use the API', () => {
    const api = () => `${host?.adminUrl}/api/triggers`;
    const ownHost = () => new URL(host?.adminUrl ?? '').host;

    it('section 10: shows the triggers and their next runs on this machine', async () => {
      await start({ env: { TRIGGER_CRON_SCHEDULE: '0 0 1 1 *' } });
      const { status, text, headers } = await get(api());
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(JSON.parse(text)).toEqual([
        { name: 'http', type: 'http', source: `port ${host?.port}`, state: { active: true } },
        expect.objectContaining({
          name: 'cron',
          type: 'cron',
          state: { active: true },
          nextRun: expect.stringMatching(/^\d{4}-01-01T00:00:00\.000Z$/) as string,
        }),
      ]);
    });

    it('section 10: without a token, answers no name that was rebound and no foreign page', async () => {
      await start();
      expect((await get(api(), { host: 'rebound.example' })).status).toBe(403);
      expect((await get(api(), { host: `rebound.example:${new URL(api()).port}` })).status).toBe(403);
      expect((await get(api(), { origin: 'https://page.example' })).status).toBe(403);
      expect((await get(api(), { origin: 'http://127.0.0.1:1' })).status).toBe(403);
      expect((await get(api(), { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      expect((await get(api(), { origin: `http://${ownHost()}` })).status).toBe(200);
      expect((await get(api(), { host: `localhost:${new URL(api()).port}` })).status).toBe(200);
    });

    const address = Object.values(networkInterfaces())
      .flat()
      .find((candidate) => candidate?.family === 'IPv4' && !candidate.internal)?.address;

    it.runIf(address)('section 10: without a token, answers nothing but probes to another machine', async () => {
      await start({ env: { ADMIN_HOST: '0.0.0.0' } });
      const { port } = new URL(api());
      expect((await get(`http://${address}:${port}/api/triggers`, { host: `127.0.0.1:${port}` })).status).toBe(403);
      expect((await get(`http://${address}:${port}/readyz`)).status).toBe(200);
    });

    it('section 10: with a token, answers whoever has it and nobody else', async () => {
      await start({ env: { ADMIN_TOKEN: 'the-token' } });
      const refused = await get(api());
      expect(refused.status).toBe(401);
      expect(refused.headers['www-authenticate']).toBe('Bearer');
      expect((await get(api(), { authorization: 'Bearer the-tokem' })).status).toBe(401);
      const elsewhere = { host: 'host.example', origin: 'https://page.example' };
      expect((await get(api(), { ...elsewhere, authorization: 'Bearer the-token' })).status).toBe(200);
      expect((await get(`${host?.adminUrl}/livez`, elsewhere)).status).toBe(200);
      expect((await get(`${host?.adminUrl}/readyz`, elsewhere)).status).toBe(200);
    });

    it('section 1: reads the token from ADMIN_TOKEN_FILE', async () => {
      await start({ env: { ADMIN_TOKEN_FILE: file('token', 'from-a-file\n') } });
      expect((await get(api(), { authorization: 'Bearer from-a-file' })).status).toBe(200);
      expect((await get(api())).status).toBe(401);
    });
  });

  describe('the port', () => {
    it('section 1: ends the start with 78 and the name of the variable where ADMIN_PORT is taken', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as { port: number };
      const { exited, output } = await start({ env: { ADMIN_PORT: String(port) }, started: 'spawned' });
      expect(await exited).toEqual({ code: 78, signal: null });
      expect(output()).toContain(`ADMIN_PORT ${port} is taken by another process on 127.0.0.1`);
      other.close();
    });

    it.each([
      ['ADMIN_HOST', { ADMIN_HOST: '203.0.113.77' }],
      ['ADMIN_TOKEN_FILE', { ADMIN_TOKEN_FILE: '/does/not/exist' }],
      ['ADMIN_TOKEN_FILE', { ADMIN_TOKEN_FILE: tmpdir() }],
      ['ADMIN_TOKEN_FILE', { ADMIN_TOKEN_FILE: '/does/not/exist', ADMIN_TOKEN: 'a' }],
    ])('section 1: ends the start with 78 where %s is of no use: %j', async (name, env) => {
      const { exited, output } = await start({ env, started: 'spawned' });
      expect(await exited).toEqual({ code: 78, signal: null });
      expect(output()).toContain(name);
    });

    it('section 1: is any that is free with ADMIN_PORT=0, and the log says which', async () => {
      const { log } = await start({ env: { ADMIN_PORT: '0' }, started: 'spawned' });
      const { url } = await log((line) => line['context'] === 'Admin' && typeof line['url'] === 'string');
      expect((await get(`${String(url)}/livez`)).status).toBe(200);
    });

    it('section 1: is closed with ADMIN_ENABLED=false', async () => {
      const { adminUrl, url } = await start({ env: { ADMIN_ENABLED: 'false' } });
      expect((await get(`${url}/pid`)).status).toBe(200);
      await expect(get(`${adminUrl}/livez`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    it('is there, too, where HTTP is disabled', async () => {
      const { adminUrl } = await start({
        env: { TRIGGER_HTTP_ENABLED: 'false', TRIGGER_CRON_SCHEDULE: '0 0 1 1 *' },
      });
      expect((await get(`${adminUrl}/readyz`)).status).toBe(200);
    });
  });
});
