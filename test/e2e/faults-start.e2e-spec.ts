import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CAN_MOUNT, CAN_UNSHARE_NETWORK, inNamespace } from '../support/machine.js';
import { isAlive } from '../support/processes.js';
import { type Host, type HostOptions, ROOT, startHost, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

const CLEAN = { code: 0, signal: null };

async function start(options: HostOptions): Promise<Host> {
  const host = await startHost(options);
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return host;
}

/** Starts a host that should refuse to, and gives its exit code and output. */
async function refused(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const host = await start({ env, started: 'spawned' });
  const timer = setTimeout(() => host.child.kill('SIGKILL'), 30_000);
  const { code } = await host.exited;
  clearTimeout(timer);
  return { code, output: host.output() };
}

/** A port that is taken as long as the test runs. */
async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as { port: number }).port);
}

const pidOf = async (host: Host) => Number(await (await fetch(`${host.url}/pid`)).text());

/** The sub-runtime serves, is replaced when it dies, and ends with the host. */
async function lives(host: Host): Promise<void> {
  const first = await pidOf(host);
  expect((await fetch(`${host.url}/kill`)).status).toBe(502);
  const second = await pidOf(host);
  expect([second > 0, second === first]).toEqual([true, false]);
  expect(await host.stop()).toEqual(CLEAN);
  await until('the sub-runtime to be gone', () => !isAlive(first) && !isAlive(second));
}

describe('section 1: all that is wrong is told at once', () => {
  it.each([
    ['PORT and ADMIN_PORT taken', {}, ['PORT', 'ADMIN_PORT']],
    [
      'both taken, beside a value that is none',
      { INVOCATION_TIMEOUT_MS: 'soon' },
      ['PORT', 'ADMIN_PORT', 'INVOCATION_TIMEOUT_MS'],
    ],
    ['a port taken, and an address that is none', { ADMIN_HOST: '192.0.2.1' }, ['PORT', 'ADMIN_HOST']],
    ['a port that is none, and one that is taken', { PORT: 'web' }, ['PORT', 'ADMIN_PORT']],
    ['a port taken, and another that is not needed', { ADMIN_ENABLED: 'false' }, ['PORT']],
    ['the same the other way round', { TRIGGER_HTTP_ENABLED: 'false' }, ['ADMIN_PORT']],
  ])('section 1: %s', async (_title, env, named) => {
    const { code, output } = await refused({ PORT: await takenPort(), ADMIN_PORT: await takenPort(), ...env });
    expect(code).toBe(78);
    const lines = output
      .split('\n')
      .flatMap((line) => /^ *([A-Z_]+)[: ].*(taken|address|expected)/.exec(line)?.[1] ?? []);
    expect(lines.sort()).toEqual([...named].sort());
  });
});

describe('section 1: a handler that cannot be used', () => {
  it.each([
    ['a folder', (folder: string) => folder, 'is a folder'],
    ['a folder with the extension of a handler', (folder: string) => join(folder, 'folder.cjs'), 'is a folder'],
    ['a file that is not there', (folder: string) => join(folder, 'none.cjs'), 'does not exist'],
    ['a path through a file', (folder: string) => join(folder, 'file', 'handler.cjs'), 'does not exist'],
    ['a name that is too long', (folder: string) => join(folder, 'x'.repeat(300)), 'ENAMETOOLONG'],
    ['a link to itself', (folder: string) => join(folder, 'loop.cjs'), 'ELOOP'],
  ])('is refused with 78 and named: %s', async (_title, pathIn, said) => {
    const folder = folderWith({ file: '' });
    mkdirSync(join(folder, 'folder.cjs'));
    symlinkSync('loop.cjs', join(folder, 'loop.cjs'));
    const { code, output } = await refused({ SCW_HANDLER_PATH: pathIn(folder) });
    expect(code).toBe(78);
    expect(output).toMatch(new RegExp(`SCW_HANDLER_PATH: .*${said}`));
  });

  it('is told by the sub-runtime where it exists and cannot be loaded: 500, and the host lives', async () => {
    const path = join(folderWith({ 'handler.cjs': 'this is no JavaScript' }), 'handler.cjs');
    const host = await start({ env: { SCW_HANDLER_PATH: path } });
    const answer = await fetch(host.url);
    expect([answer.status, (await answer.text()).startsWith('An error occurred during handler execution')]).toEqual([
      500,
      true,
    ]);
    await host.outputs('SyntaxError');
    expect(await host.stop()).toEqual(CLEAN);
  });
});

describe('a machine that lacks something', () => {
  it.each([
    ['does not exist', () => '/no/such/folder'],
    ['is a file', () => join(folderWith({ file: '' }), 'file')],
    [
      'has a path too long for a socket',
      () => {
        const long = join(folderWith({}), 'x'.repeat(100));
        mkdirSync(long);
        return long;
      },
    ],
  ])('another folder is taken for the sockets where TMPDIR %s', async (_title, folderOf) => {
    await lives(await start({ env: { TMPDIR: folderOf() } }));
  });

  // What is tested must not lie where something is mounted over it.
  it.skipIf(!CAN_MOUNT || /^\/(tmp|dev\/shm)\//.test(ROOT)).each([
    ['read-only', '-o ro'],
    ['full', '-o nr_inodes=1'],
  ])('TCP takes the place of the sockets where every temporary folder is %s (needs root)', async (_title, options) => {
    const mounts = ['/tmp', '/dev/shm'].map((folder) => `mount -t tmpfs ${options} none ${folder}`).join(' && ');
    await lives(await start({ limits: inNamespace('--mount', mounts), env: { TMPDIR: '/tmp' } }));
  });

  it.skipIf(!CAN_MOUNT)('it does without /proc (needs root)', async () => {
    const folder = folderWith({});
    const host = await start({ limits: inNamespace('--mount', 'mount -t tmpfs none /proc'), env: { TMPDIR: folder } });
    await lives(host);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!CAN_MOUNT)('no sub-runtime outlives a host that is killed without /proc (needs root)', async () => {
    const host = await start({ limits: inNamespace('--mount', 'mount -t tmpfs none /proc') });
    const pid = await pidOf(host);
    await host.stop('SIGKILL');
    await until('the sub-runtime to be gone', () => !isAlive(pid));
  });

  it.skipIf(!CAN_UNSHARE_NETWORK)('IPv4 serves where there is no IPv6 (needs root)', async () => {
    const network = 'ip link set lo up && sysctl -qw net.ipv6.conf.all.disable_ipv6=1';
    const host = await start({ limits: inNamespace('--net', network), started: 'spawned' });
    await host.outputs('The admin port listens on');
    const code = `fetch('http://127.0.0.1:${host.port}/pid').then(async (answer) => console.log(answer.status, await answer.text()))`;
    const { stdout } = await promisify(execFile)('nsenter', [
      '-t',
      String(host.pid),
      '-n',
      process.execPath,
      '-e',
      code,
    ]);
    expect(stdout).toMatch(/^200 \d+\n$/);
    expect(await host.stop()).toEqual(CLEAN);
  });
});
