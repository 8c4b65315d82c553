import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { freePort, ROOT, until } from '../support/start-host.js';

const NATS_SERVER = toolPath('nats-server');
const TEXT = readFileSync(join(ROOT, 'docs/getting-started.md'), 'utf8');

/** The lines of all blocks of one language. */
function linesOf(language: string): string[] {
  const blocks = [...TEXT.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))];
  return blocks.flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

/** As npm would install it, but without a registry: the package that ships, and its command. */
function install(folder: string): void {
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'ignore' });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['--extract', '--no-same-owner', '--file', String(archive)], { cwd: folder });
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  renameSync(join(folder, 'package'), join(folder, 'node_modules/tributary-host'));
  symlinkSync('../tributary-host/bin/tributary.js', join(folder, 'node_modules/.bin/tributary'));
  rmSync(join(folder, String(archive)));
}

it.runIf(NATS_SERVER)('docs/getting-started.md holds, command by command, in an empty folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'getting-started-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const env = {
    PATH: [dirname(NATS_SERVER ?? ''), process.env['PATH']].join(delimiter),
    HOME: folder,
    TMPDIR: folder,
    npm_config_offline: 'true',
    // The page's are the usual ones, which somebody may have here.
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
  };
  const [installs, init, dev, curl, send, ...more] = linesOf('sh');
  expect(more).toEqual([]);
  const run = async (command = '') => (await promisify(execFile)('sh', ['-c', command], { cwd: folder, env })).stdout;

  expect(installs).toBe('npm install tributary-host');
  install(folder);
  await run(init);

  const child = spawn('sh', ['-c', `exec ${dev}`], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close');
  onTestFinished(async () => {
    if (child.exitCode === null) process.kill(-Number(child.pid), 'SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  await until('it to serve', () => output.includes('it serves'));
  await until('NATS to be connected', () => output.includes('Connected to NATS'));
  const server = / send (--server \S+ )?greet/.exec(output)?.[1] ?? '';

  const curlHere = curl?.replace(':8080', `:${port}`);
  const answers = [await run(curlHere), await run(send?.replace('send ', `send ${server}`))];
  expect(answers.join('')).toBe(`${linesOf('text').join('\n')}\n`);
  await until('the schedule', () => output.includes('reached by cron'));

  const handler = join(folder, 'hello/handler.js');
  expect(TEXT).toContain('Change `hello/handler.js` and ask again');
  writeFileSync(handler, readFileSync(handler, 'utf8').replace('Hello', 'Hi'));
  await until('the change to be served', async () => (await run(curlHere)) === 'Hi Ada, from hello\n');
});
