import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTributary } from '../support/cli.js';
import { ROOT } from '../support/start-host.js';

const COMMANDS = ['start', 'dev', 'init', 'invoke', 'explain', 'send', 'dead-letters', 'verify'];

describe.concurrent('the command line', () => {
  it.each([[['--help']], ...COMMANDS.map((command) => [[command, '--help']])])(
    'explains itself in lines that a terminal has room for, with the exit codes: %j',
    async (args) => {
      const { code, stdout, stderr } = await runTributary(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Exit codes?: 0 |Exit codes: 0 /m);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('lists all commands, and has their help by either word', async () => {
    const { stdout } = await runTributary(['--help']);
    for (const command of COMMANDS) expect(stdout).toContain(`tributary ${command === 'start' ? '[start]' : command}`);
    expect(await runTributary(['help', 'send'])).toEqual(await runTributary(['send', '--help']));
    expect((await runTributary(['help'])).stdout).toBe(stdout);
  });

  it.each([
    [['start', '--port', '80'], /^tributary start: it takes no arguments, got --port 80; variables configure it; see /],
    [['invok'], /^tributary: unknown command "invok", did you mean invoke\?; tributary --help lists them\n$/],
    [['xyz'], /^tributary: unknown command "xyz"; tributary --help lists them\n$/],
    [['send', '--headr', 'a: b'], /^tributary send: Unknown option '--headr', did you mean --header\?; see [^\n]*\n$/],
    [['send', '--zzz'], /^tributary send: Unknown option '--zzz'; see tributary send --help\n$/],
    [
      ['invoke', '--data', '-5'],
      /^tributary invoke: Option '--data' argument is ambiguous\.[^\n]* use '--data=-XYZ'; see /,
    ],
  ])('says in one line what is wrong with %j, with exit code 64', async (args, expected) => {
    const { code, stdout, stderr } = await runTributary(args);
    expect(stderr).toMatch(expected);
    expect(stderr.match(/\n/g)).toHaveLength(1);
    expect([code, stdout]).toEqual([64, '']);
  });

  it('is silent where nobody reads on', async () => {
    const child = spawn(process.execPath, [join(ROOT, 'bin/tributary.js'), '--help'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Before it has written.
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, stderr]).toEqual([0, '']);
  });
});
