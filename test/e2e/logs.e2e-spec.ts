import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Host, type HostOptions, ROOT, startHost, until } from '../support/start-host.js';
import { APPLICATION_ID, NAMESPACE_ID, rs256Token, rsaKeys, spkiPem } from '../support/tokens.js';

type Line = Record<string, unknown>;

describe('the logs', () => {
  let folder: string;
  let host: Host | undefined;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'logs-e2e-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    await host?.stop('SIGKILL');
    host = undefined;
  });

  async function start(env: Record<string, string> = {}, started?: HostOptions['started']): Promise<Host> {
    host = await startHost(started ? { env, started } : { env });
    return host;
  }

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  /** Sends a request and gives the status of the answer and the log line of its invocation. */
  async function invoke(path: string, requestId: string, body?: unknown): Promise<{ status: number; line: Line }> {
    const response = await fetch(`${host?.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-request-id': requestId },
      body: body === undefined ? null : JSON.stringify(body),
    });
    await response.arrayBuffer();
    return { status: response.status, line: await lineOf(requestId) };
  }

  const isOf = (requestId: string) => (line: Line) => line['requestId'] === requestId && 'outcome' in line;
  const lineOf = (requestId: string) => (host as Host).log(isOf(requestId));

  describe('of invocations', () => {
    it('are one line for each, with id, trigger, outcome and durations', async () => {
      await start();
      const { line } = await invoke('/echo', 'id-1');
      expect(line).toEqual({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        requestId: 'id-1',
        trigger: 'http',
        type: 'http',
        outcome: 'succeeded',
        status: 200,
        waitedMs: expect.any(Number) as number,
        ranMs: expect.any(Number) as number,
        msg: 'invocation succeeded',
      });
      await invoke('/echo', 'id-2');
      expect(host?.logs().filter(isOf('id-1'))).toHaveLength(1);
    });

    it('warn of what did not succeed, with the reason', async () => {
      await start();
      const cases: [string, Line, unknown?][] = [
        ['/status?status=404', { outcome: 'rejected', status: 404 }],
        ['/status?status=503', { outcome: 'failed', failure: 'status', status: 503 }],
        ['/throw?message=no+stock', { outcome: 'failed', failure: 'threw', reason: 'no stock' }],
        ['/', { outcome: 'failed', failure: 'malformed' }, { do: 'return', value: { statusCode: 99 } }],
        ['/exit', { outcome: 'crashed' }],
      ];
      for (const [index, [path, expected, body]] of cases.entries()) {
        const { line } = await invoke(path, `case-${index}`, body);
        expect(line).toMatchObject({ level: 'warn', trigger: 'http', ...expected });
      }
    });

    it('warn of one that timed out, and of one for which there is no room', async () => {
      const env = { INVOCATION_TIMEOUT_MS: '1000', INVOCATION_MAX_IN_FLIGHT: '1', INVOCATION_MAX_QUEUE: '0' };
      await start(env);
      const [first, second] = await Promise.all([
        invoke('/slow?ms=20000', 'slow-1'),
        invoke('/slow?ms=20000', 'slow-2'),
      ]);
      const byStatus = new Map([first, second].map(({ status, line }) => [status, line]));
      expect(byStatus.get(504)).toMatchObject({ level: 'warn', outcome: 'timed-out' });
      expect(byStatus.get(504)?.['ranMs']).toBeGreaterThanOrEqual(990);
      expect(byStatus.get(429)).toMatchObject({ level: 'warn', outcome: 'overloaded', ranMs: 0 });
    });

    it('warn of one for which there is no sub-runtime', async () => {
      const bridge = file('broken.mjs', 'process.exit(3);');
      await start({ SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: bridge }, 'listening');
      await host?.log((line) => line['state'] === 'backing-off');
      const { line } = await until('an invocation that finds it backing off', async () => {
        const answer = await invoke('/', `unavailable-${Math.random()}`);
        return answer.line['reason'] === 'backing-off' && answer;
      });
      expect(line).toMatchObject({ level: 'warn', outcome: 'unavailable', ranMs: 0 });
    });

    it('name the trigger of a schedule', async () => {
      await start({ TRIGGER_CRON_SCHEDULE: '* * * * * *' });
      const line = await host?.log((candidate) => candidate['trigger'] === 'cron' && 'outcome' in candidate);
      expect(line).toMatchObject({ level: 'info', type: 'cron', outcome: 'succeeded' });
      expect(line?.['requestId']).toEqual(expect.any(String));
    });
  });

  describe('of the sub-runtime', () => {
    it('section 7: say that it is ready, that it died and why, and that it starts again', async () => {
      await start();
      await host?.log((line) => line['context'] === 'sub-runtime' && line['state'] === 'ready');
      await invoke('/exit?code=3', 'exit-1');
      const death = await host?.log((line) => line['cause'] === 'exited');
      expect(death).toMatchObject({ level: 'error', context: 'sub-runtime', worker: 0 });
      expect(death?.['msg']).toMatch(/ended with exit code 3\. It starts again in 100 ms\.$/);
      await until('it to be ready again', () => host?.logs().filter((line) => line['state'] === 'ready').length === 2);
    });

    it('section 7: hold its output as lines of their own, control characters escaped', async () => {
      await start();
      await invoke('/', 'log-1', { do: 'log', line: 'first\nsecond \u001b[2J' });
      const second = await host?.log((line) => String(line['msg']).startsWith('second'));
      expect(second).toMatchObject({ level: 'info', context: 'function', worker: 0, stream: 'stdout' });
      expect(second?.['msg']).toBe('second \\u001b[2J');
      expect(host?.logs().filter((line) => line['msg'] === 'first')).toHaveLength(1);
    });

    it("section 7: bear the invocation's id where a line gives it", async () => {
      await start();
      const structured = JSON.stringify({ requestId: 'given-1', level: 'error', message: 'structured', item: 7 });
      await invoke('/', 'log-1', { do: 'log', line: `${structured}\n[log-1] prefixed\n[INFO] neither` });
      const lines = await until('three lines', () => {
        const found = host?.logs().filter((line) => line['context'] === 'function') ?? [];
        return found.length === 3 && found;
      });
      expect(lines).toMatchObject([
        { msg: 'structured', requestId: 'log-1', level: 'error', fields: { item: 7, requestId: 'given-1' } },
        { msg: 'prefixed', requestId: 'log-1', level: 'info' },
        { msg: '[INFO] neither', requestId: 'log-1' },
      ]);
      await invoke('/throw?message=no+stock', 'throw-1');
      const stack = await host?.log((line) => line['stream'] === 'stderr' && String(line['msg']).includes('no stock'));
      expect(stack?.['requestId']).toBe('throw-1');
    });

    it('section 7: miss nothing that it writes before the host has loaded, nor its last words', async () => {
      const marker = join(folder, 'written');
      const bridge = file(
        'talkative.mjs',
        `import { writeFileSync, writeSync } from 'node:fs';
         import { createServer } from 'node:http';
         const say = (line) => writeSync(1, line + '\\n');
         say('first words');
         for (let line = 0; line < 2000; line++) say('line ' + line);
         createServer((request, response) => response.end()).listen(process.env.SCW_UPSTREAM_SOCKET);
         process.on('SIGTERM', () => {
           for (let line = 2000; line < 4000; line++) say('line ' + line);
           say('last words');
           writeFileSync(${JSON.stringify(marker)}, '');
           process.exit(0);
         });`,
      );
      await start({ SCW_RUNTIME_BINARY: process.execPath, SCW_RUNTIME_BRIDGE: bridge });
      expect(await host?.stop()).toEqual({ code: 0, signal: null });
      expect(existsSync(marker)).toBe(true);
      const words = host?.logs().filter((line) => line['context'] === 'function') ?? [];
      expect(words[0]?.['msg']).toBe('first words');
      expect(words.at(-1)?.['msg']).toBe('last words');
      expect(words).toHaveLength(4_002);
    });
  });

  describe('and secrets', () => {
    it('never hold tokens, headers, queries or bodies, not even at LOG_LEVEL=trace', async () => {
      const keys = rsaKeys();
      const token = rs256Token(keys);
      await start({
        LOG_LEVEL: 'trace',
        ADMIN_TOKEN: 'the-admin-token',
        SCW_PUBLIC: 'false',
        SCW_PUBLIC_KEY: spkiPem(keys),
        SCW_APPLICATION_ID: APPLICATION_ID,
        SCW_NAMESPACE_ID: NAMESPACE_ID,
        TRIGGER_CRON_SCHEDULE: '* * * * * *',
        TRIGGER_CRON_ARGS: '{"secret":"the-args"}',
      });
      const send = (headers: Record<string, string>) =>
        fetch(`${host?.url}/echo?key=the-query`, {
          method: 'POST',
          headers: { authorization: 'Basic the-credentials', cookie: 'session=the-cookie', ...headers },
          body: 'the-body',
        });
      expect((await send({ 'x-auth-token': token, 'x-request-id': 'granted' })).status).toBe(200);
      expect((await send({ 'x-auth-token': `${token.slice(0, -8)}deadbeef` })).status).toBe(401);
      for (const given of ['the-admin-token', 'the-wrong-token']) {
        await fetch(`${host?.adminUrl}/api/triggers`, { headers: { authorization: `Bearer ${given}` } });
      }
      await lineOf('granted');
      await host?.log((line) => line['trigger'] === 'cron');
      await host?.stop();
      const output = host?.output() ?? '';
      const [, claims, signature] = token.split('.');
      const modulus = spkiPem(keys).split('\n')[3];
      const secrets = ['credentials', 'cookie', 'query', 'body', 'admin-token', 'wrong-token', 'args'];
      for (const secret of [...secrets.map((name) => `the-${name}`), token, claims, signature, modulus, 'deadbeef']) {
        expect(output).not.toContain(secret);
      }
      expect(output).toContain('"level":"debug"');
    });
  });

  describe('by LOG_LEVEL and LOG_FORMAT', () => {
    it('are written for a reader with pretty, without colours where there is no terminal', async () => {
      await start({ LOG_FORMAT: 'pretty' });
      const response = await fetch(`${host?.url}/throw?message=no+stock`, { headers: { 'x-request-id': 'pretty-1' } });
      await response.arrayBuffer();
      await host?.outputs(
        /^\d\d:\d\d:\d\d\.\d{3} WARN  http +invocation failed requestId=pretty-1 failure=threw reason=no stock (waitedMs=\d+ )?ranMs=\d+$/m,
      );
      expect(host?.output()).not.toContain('\u001b');
      expect(host?.output()).not.toMatch(/^\{/m);
    });

    it('leave out what is less severe than the level', async () => {
      await start({ LOG_LEVEL: 'warn' });
      const response = await fetch(`${host?.url}/echo`, { headers: { 'x-request-id': 'quiet-1' } });
      await response.arrayBuffer();
      await invoke('/status?status=404', 'loud-1');
      const levels = new Set(host?.logs().map(({ level }) => level));
      expect([...levels]).toEqual(['warn']);
      expect(host?.output()).not.toContain('quiet-1');
    });

    it('are nothing at all with silent', async () => {
      await start({ LOG_LEVEL: 'silent' });
      expect((await fetch(`${host?.url}/throw`)).status).toBe(500);
      await host?.stop();
      expect(host?.output()).toBe('');
    });

    it.each([
      ['LOG_LEVEL', 'verbose', 'one of trace, debug, info, warn, error, fatal, silent'],
      ['LOG_FORMAT', 'xml', 'one of json, pretty'],
    ])('section 1: are refused with exit code 78 for %s=%s', async (name, value, expected) => {
      await start({ [name]: value }, 'spawned');
      expect(await host?.exited).toEqual({ code: 78, signal: null });
      expect(host?.output()).toContain(`${name}: expected ${expected}, got "${value}"`);
    });
  });

  describe('of a process that ends', () => {
    /** Runs code with the host's logger in a process of its own, and gives the messages that it has written. */
    function messagesOf(code: string): unknown[] {
      const from = (name: string) => JSON.stringify(join(ROOT, `dist/esm/telemetry/${name}.js`));
      const text = `
        import { createLogger } from ${from('logger')};
        import { LogConfig } from ${from('log.config')};
        const logger = createLogger(Object.assign(new LogConfig(), { format: 'json' }));
        ${code}`;
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => (JSON.parse(line) as Line)['msg']);
    }

    it.each([
      ['exits', 'process.exit(0)'],
      ['throws', 'throw new Error("unexpected")'],
      ['is killed after a fatal line', 'logger.fatal("last"); process.kill(process.pid, "SIGKILL")'],
    ])('lack nothing if it %s at once', (_how, end) => {
      const messages = messagesOf(`for (let line = 0; line < 1000; line++) logger.info('line ' + line);\n${end};`);
      const fatal = end.includes('fatal') ? ['last'] : [];
      expect(messages).toEqual([...Array.from({ length: 1_000 }, (_, line) => `line ${line}`), ...fatal]);
    });
  });

  describe('and whoever reads them', () => {
    it('do not end the host when nobody reads them any more', async () => {
      await start();
      await invoke('/echo', 'before');
      host?.child.stdout?.destroy();
      for (let request = 0; request < 50; request++) {
        const response = await fetch(`${host?.url}/log?line=${'x'.repeat(1_000)}`);
        expect(response.status).toBe(200);
        await response.arrayBuffer();
      }
      expect(await host?.stop()).toEqual({ code: 0, signal: null });
    });

    it('hold neither the host nor its end up when they stand still', async () => {
      await start();
      host?.child.stdout?.pause();
      const line = `${'x'.repeat(999)}\n`.repeat(3_000);
      for (let request = 0; request < 3; request++) {
        const response = await fetch(host?.url ?? '', { method: 'POST', body: JSON.stringify({ do: 'log', line }) });
        expect(response.status).toBe(200);
        await response.arrayBuffer();
      }
      const ended = once(host?.child as ChildProcess, 'exit');
      host?.child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      host?.child.stdout?.resume();
    });

    it('get every line, though late, when they are slow', async () => {
      await start();
      host?.child.stdout?.pause();
      const line = `${'x'.repeat(999)}\n`.repeat(3_000);
      const response = await fetch(host?.url ?? '', { method: 'POST', body: JSON.stringify({ do: 'log', line }) });
      await response.arrayBuffer();
      host?.child.stdout?.resume();
      await until('all lines', () => host?.logs().filter(({ stream }) => stream === 'stdout').length === 3_001);
    });
  });
});
