import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostError } from '../../errors.js';
import { commandOf, launchSettingsOf, planLaunch, socketOf } from './launch-plan.js';
import { removeSocketFolder } from './sub-runtime-process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'launch-plan-'));
  for (const name of ['a.js', 'b.py', 'c.ts', 'd.rb', 'binary', 'bridge.py']) writeFileSync(join(folder, name), '');
  chmodSync(join(folder, 'binary'), 0o755);
  mkdirSync(join(folder, 'folder'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function command(environment: Record<string, string>): string[] {
  const inFolder = Object.entries(environment).map(([name, value]) => [name, value.replace('@', folder)]);
  return commandOf(
    launchSettingsOf(Object.fromEntries(inFolder) as Record<string, string>),
    '/runtimes',
    process.env['PATH'] ?? '',
  );
}

describe('section 1: the command of the sub-runtime', () => {
  it.each([
    ['@/a.js', '/runtimes/node/index.mjs'],
    ['@/a', '/runtimes/node/index.mjs'],
    ['@/c', '/runtimes/node/index.mjs'],
    ['@/b.py', '/runtimes/python3/index.py'],
    ['@/b', '/runtimes/python3/index.py'],
  ])('is the one that ships for %s', (path, bridge) => {
    expect(command({ SCW_HANDLER_PATH: path })[1]).toBe(bridge);
  });

  it('is the handler itself where that is a binary', () => {
    expect(command({ SCW_HANDLER_PATH: '@/binary', SCW_HANDLER_IS_BINARY: 'true' })).toEqual([join(folder, 'binary')]);
  });

  it('is what is given', () => {
    expect(command({ SCW_HANDLER_PATH: '/x', SCW_RUNTIME_BINARY: 'sh', SCW_RUNTIME_BRIDGE: '@/d.rb' })).toEqual([
      'sh',
      join(folder, 'd.rb'),
    ]);
    expect(command({ SCW_HANDLER_PATH: '/x', SCW_RUNTIME_BINARY: '@/binary' })).toEqual([join(folder, 'binary')]);
  });

  it('is the interpreter that is given, with the bridge that ships', () => {
    const given = { SCW_HANDLER_PATH: '@/a.js', SCW_RUNTIME_BINARY: process.execPath };
    expect(command(given)).toEqual([process.execPath, '/runtimes/node/index.mjs']);
  });

  it('is the interpreter of a bridge that is given alone', () => {
    expect(command({ SCW_HANDLER_PATH: '/x', SCW_RUNTIME_BRIDGE: '@/bridge.py' })).toEqual([
      'python3',
      join(folder, 'bridge.py'),
    ]);
  });

  it.each([
    [{ SCW_HANDLER_PATH: '@/missing' }, /^SCW_HANDLER_PATH .*missing does not exist/],
    [{ SCW_HANDLER_PATH: '@/folder' }, /^SCW_HANDLER_PATH .*folder is a folder/],
    [{ SCW_HANDLER_PATH: '@/d.rb' }, /^SCW_HANDLER_PATH .*no sub-runtime ships for it; set SCW_RUNTIME_BINARY/],
    [{ SCW_HANDLER_PATH: '@/a.js', SCW_HANDLER_IS_BINARY: 'true' }, /^SCW_HANDLER_PATH .*is not executable/],
    [{ SCW_HANDLER_PATH: '@/folder', SCW_HANDLER_IS_BINARY: 'true' }, /^SCW_HANDLER_PATH .*is a folder/],
    [
      { SCW_HANDLER_PATH: '/x', SCW_RUNTIME_BINARY: 'no-such-command' },
      /^SCW_RUNTIME_BINARY no-such-command does not exist/,
    ],
    [{ SCW_HANDLER_PATH: '/x', SCW_RUNTIME_BRIDGE: '@/missing' }, /^SCW_RUNTIME_BRIDGE .*does not exist/],
  ])('is refused by name for %j', (environment, message) => {
    expect(() => command(environment)).toThrowError(HostError);
    expect(() => command(environment)).toThrowError(message);
  });
});

describe('section 7: the launch plan', () => {
  it('gives every worker its socket and the user no variable of the host', () => {
    const environment = { SCW_HANDLER_PATH: join(folder, 'a.js'), TRIGGER_NATS_TOKEN: 'secret', PORT: '1', HOME: '/h' };
    const plan = planLaunch(launchSettingsOf(environment), environment, '/runtimes');
    expect(plan.environment).toEqual({
      SCW_HANDLER_PATH: join(folder, 'a.js'),
      SCW_HANDLER_NAME: 'handle',
      SCW_UPSTREAM_HOST: '127.0.0.1',
      HOME: '/h',
    });
    expect(socketOf(plan, 0)).not.toBe(socketOf(plan, 1));
    removeSocketFolder(plan);
  });

  it('takes the upstream host with or without http://', () => {
    const environment = { SCW_HANDLER_PATH: join(folder, 'a.js'), SCW_UPSTREAM_HOST: 'http://localhost' };
    const plan = planLaunch(launchSettingsOf(environment), environment, '/runtimes');
    expect(plan.host).toBe('localhost');
    expect(plan.environment['SCW_UPSTREAM_HOST']).toBe('http://localhost');
    removeSocketFolder(plan);
  });
});
