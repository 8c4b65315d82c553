import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { runTributary } from '../support/cli.js';
import { startDev, stopAllDev } from '../support/dev-command.js';
import { descendantsOf, isAlive } from '../support/processes.js';
import { until } from '../support/start-host.js';

const NATS_SERVER = toolPath('nats-server');
const SERVES = 'it serves, and follows its files';
const RELOADED = 'the function was started anew from its files';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'dev-'));
});
afterAll(async () => {
  await stopAllDev();
  rmSync(place, { recursive: true });
});

function handlerIn(name: string, source: string): string {
  const folder = join(place, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'handler.cjs');
  writeFileSync(file, source);
  return file;
}

const text = async (url: string) => {
  const response = await fetch(url);
  return `${response.status} ${await response.text()}`;
};

describe.concurrent('tributary dev', () => {
  it('starts the function anew from its files, and what is in flight ends where it began', async () => {
    const gate = join(place, 'gate');
    const version = (name: string) => `
      const { existsSync } = require('node:fs');
      const word = require('./word.cjs');
      exports.handle = async ({ path }) => {
        if (path === '/slow') console.log('slow begins');
        while (path === '/slow' && !existsSync(${JSON.stringify(gate)})) await new Promise((r) => setTimeout(r, 10));
        return '${name} ' + word;
      };`;
    const handler = handlerIn('reload', version('first'));
    const word = join(dirname(handler), 'word.cjs');
    writeFileSync(word, "module.exports = 'a';");
    const dev = await startDev([handler]);
    await dev.prints(SERVES);
    const slow = text(`${dev.url}/slow`);
    await dev.prints('slow begins');

    writeFileSync(handler, version('second'));
    await dev.prints(RELOADED);
    expect(await text(dev.url)).toBe('200 second a');
    // One after the other, also while the first has not ended.
    writeFileSync(word, "module.exports = 'b';");
    await dev.prints(RELOADED, 2);
    expect(await text(dev.url)).toBe('200 second b');

    writeFileSync(gate, '');
    expect(await slow).toBe('200 first a');
    expect(dev.output()).not.toContain('SIG');
    dev.child.kill('SIGINT');
    expect(await dev.exited).toBe(0);
  });

  it('drops nothing while it reloads under load', async () => {
    const handler = handlerIn('load', 'exports.handle = () => "1";');
    const dev = await startDev([handler], { SUB_RUNTIME_WORKERS: '2' });
    await dev.prints(SERVES);
    const loading = new AbortController();
    const answers = new Map<string, number>();
    const client = async () => {
      while (!loading.signal.aborted) {
        const answer = await text(dev.url);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
    };
    const clients = [client(), client(), client(), client()];
    for (const version of [2, 3, 4]) {
      writeFileSync(handler, `exports.handle = () => "${version}";`);
      await until(`answers of version ${version}`, () => answers.has(`200 ${version}`));
      await dev.prints(RELOADED, version - 1);
    }
    loading.abort();
    await Promise.all(clients);
    expect([...answers.keys()].sort()).toEqual(['200 1', '200 2', '200 3', '200 4']);
  });

  it('does not take a version that does not start', async () => {
    const server = handlerIn(
      'binary',
      `require('node:http').createServer((request, response) => request.resume().on('end', () => response.end('{}')))
        .listen(process.env.SCW_UPSTREAM_SOCKET);`,
    );
    const program = join(dirname(server), 'program');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${server}'\n`, { mode: 0o755 });
    const dev = await startDev([program], { SCW_HANDLER_IS_BINARY: 'true' });
    await dev.prints(SERVES);
    writeFileSync(program, '#!/bin/sh\nexit 3\n');
    await dev.prints('what is in the files does not start; the function that ran goes on');
    expect(await text(dev.url)).toBe('200 {}');
    expect(dev.output()).not.toContain(RELOADED);
  });

  it.runIf(NATS_SERVER)('leaves neither a process nor a folder behind when it is asked to end, or killed', async () => {
    const path = [dirname(NATS_SERVER ?? ''), process.env['PATH']].join(delimiter);
    const handler = handlerIn('ends', 'exports.handle = () => "";');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const folder = join(place, signal);
      mkdirSync(folder);
      const dev = await startDev([handler, '--nats', 'a.*'], { PATH: path, TMPDIR: folder });
      await dev.prints(SERVES);
      expect(readdirSync(folder).filter((name) => name.startsWith('tributary-nats-'))).toHaveLength(1);
      const processes = descendantsOf(Number(dev.child.pid));
      expect(processes.length).toBeGreaterThanOrEqual(3);
      dev.child.kill(signal);
      expect(await dev.exited).toBe(signal === 'SIGTERM' ? 0 : null);
      await until('all its processes to end', () => !processes.some(isAlive));
      if (signal === 'SIGTERM') expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('takes variables of a file, those of the environment before them, and arguments before both', async () => {
    const file = join(place, 'variables');
    writeFileSync(file, '# a comment\nWORD="from the file"\nOTHER=file\nTRIGGER_CRON_SCHEDULE=nonsense\n');
    const handler = handlerIn(
      'variables-of',
      'exports.handle = (_, { functionName }) => [process.env.WORD, process.env.OTHER, functionName].join();',
    );
    const dev = await startDev([handler, '--env', file, '--cron', '0 3 * * *', '--cron', '0 4 * * *'], {
      OTHER: 'environment',
    });
    await dev.prints(SERVES);
    expect(await text(dev.url)).toBe('200 from the file,environment,variables-of');
    expect(dev.output()).toMatch(/^ {2}cron {3}0 3 \* \* \*;0 4 \* \* \*$/m);
  });

  it('begins on the next ports where the usual ones are taken', async () => {
    const usual = createServer().listen(8080, '127.0.0.1');
    // Also where somebody else has it.
    await Promise.race([once(usual, 'listening'), once(usual, 'error')]).catch(() => undefined);
    const handler = handlerIn('ports', 'exports.handle = () => "here";');
    const dev = await startDev([handler], { PORT: '', ADMIN_PORT: '' });
    await dev.prints(SERVES);
    const [, port] = /curl http:\/\/127\.0\.0\.1:(\d+)\//.exec(dev.output()) ?? [];
    const [, page] = /page {3}(\S+)/.exec(dev.output()) ?? [];
    expect(Number(port)).toBeGreaterThan(8_080);
    expect(await text(`http://127.0.0.1:${port}/`)).toBe('200 here');
    expect(await text(String(page))).toMatch(/^200 <!doctype html>/);
    usual.close();
  });

  it('refuses a configuration as a start does, with exit code 78', async () => {
    const handler = handlerIn('refused', '');
    const { code, stderr } = await runTributary(['dev', handler, '--cron', 'often']);
    expect(stderr).toMatch(/^The configuration is not valid:\n {2}TRIGGER_CRON_SCHEDULE: expected /);
    expect(code).toBe(78);
  });

  it('says what to do where there is no nats-server', async () => {
    const { code, stderr } = await runTributary(['dev', 'handler.js', '--nats', 'a.b'], { PATH: place });
    expect(stderr).toMatch(
      /^tributary dev: there is no nats-server on the PATH; install one, or set TRIGGER_NATS_URL[^\n]*\n$/,
    );
    expect(code).toBe(1);
  });

  it.each([
    [[], 'expected HANDLER, got 0 arguments'],
    [['a.js', 'b.js'], 'expected HANDLER, got 2 arguments'],
    [['a.js', '--env', '/no/such/file'], '--env /no/such/file cannot be read'],
    [['a.js', '--watch'], "Unknown option '--watch'"],
  ])('exit code 64 for %j', async (args, message) => {
    const { code, stderr } = await runTributary(['dev', ...args]);
    expect(stderr).toMatch(/^tributary dev: [^\n]*; see tributary dev --help\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });

  it('explains itself', async () => {
    const { code, stdout } = await runTributary(['dev', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--cron SCHEDULE');
  });
});
