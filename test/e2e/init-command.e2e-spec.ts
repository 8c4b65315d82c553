import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { runTributary } from '../support/cli.js';
import { go } from '../fixtures/handlers/go-program.js';
import { ROOT, startHost } from '../support/start-host.js';
import { PYTHON, RUNS_TYPESCRIPT } from '../support/sub-runtime.js';

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'init-'));
});
afterAll(() => rmSync(place, { recursive: true }));

/** Makes a folder, outside of the project. */
async function made(language: string): Promise<string> {
  const folder = join(place, language);
  const { code, stdout, stderr } = await runTributary(['init', language, folder]);
  expect(stderr).toBe('');
  expect(stdout).toContain(`${folder}: a function in `);
  expect(code).toBe(0);
  return folder;
}

/** Runs a program there, with no network to speak of; gives what it printed, and throws where it fails. */
function runIn(cwd: string, program: string, ...args: string[]): string {
  // Node's runner of tests would report to this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')));
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function assertServes(env: Record<string, string>): Promise<void> {
  const host = await startHost({
    env: { SCW_APPLICATION_NAME: 'hello', TRIGGER_CRON_SCHEDULE: '* * * * * *', ...env },
  });
  onTestFinished(async () => {
    await host.stop();
  });
  expect(await (await fetch(`${host.url}/?name=Ada`)).text()).toBe('Hello Ada, from hello\n');
  await host.outputs('reached by cron');
}

/** What cannot be built here: that every file it copies is there, and that the handler is one of them. */
function assertDockerfile(folder: string, handler: string): void {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const copied = [...text.matchAll(/^COPY (?!--)(\S+) /gm)].map(([, source]) => String(source));
  expect(copied.filter((source) => !existsSync(join(folder, source)))).toEqual([]);
  expect(text).toContain(`SCW_HANDLER_PATH=/function/${handler} `);
}

describe('tributary init', () => {
  it('makes a function in JavaScript that is tested and served as it is', async () => {
    const folder = await made('node');
    expect(runIn(folder, process.execPath, '--test')).toMatch(/^# pass 3$|^ℹ pass 3$/m);
    await assertServes({ SCW_HANDLER_PATH: join(folder, 'handler.js') });
    assertDockerfile(folder, 'handler.js');
  });

  it('makes a function in TypeScript whose types are right', async () => {
    const folder = await made('typescript');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/tributary-host'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    expect(runIn(folder, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'))).toBe('');
    const wrong = readFileSync(join(folder, 'handler.ts'), 'utf8').replace('statusCode: 200', "statusCode: 'OK'");
    writeFileSync(join(folder, 'handler.ts'), wrong);
    expect(() => runIn(folder, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'))).toThrow('failed');
    assertDockerfile(folder, 'handler.ts');
  });

  it.runIf(RUNS_TYPESCRIPT)('makes a function in TypeScript that is tested and served as it is', async () => {
    const folder = join(place, 'typescript-run');
    await runTributary(['init', 'typescript', folder]);
    expect(runIn(folder, process.execPath, '--test')).toMatch(/^# pass 3$|^ℹ pass 3$/m);
    await assertServes({ SCW_HANDLER_PATH: join(folder, 'handler.ts') });
  });

  it('makes a function in Python that is tested and served as it is', async () => {
    const folder = await made('python');
    const test = spawn(PYTHON, ['-m', 'unittest'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let report = '';
    test.stderr.on('data', (chunk: Buffer) => (report += chunk.toString()));
    expect(await new Promise((resolve) => test.once('close', resolve)), report).toBe(0);
    expect(report).toMatch(/^Ran 3 tests /m);
    await assertServes({ SCW_HANDLER_PATH: join(folder, 'handler.py'), SCW_RUNTIME_BINARY: PYTHON });
    assertDockerfile(folder, 'handler.py');
  });

  it.runIf(toolPath('go'))('makes a function in Go that is tested, built and served as it is', async () => {
    const folder = await made('go');
    expect(go(folder, 'test', '.')).toMatch(/^ok\s/);
    expect(go(folder, 'vet', '.')).toBe('');
    go(folder, 'build', '-o', 'handler', '.');
    await assertServes({ SCW_HANDLER_PATH: join(folder, 'handler'), SCW_HANDLER_IS_BINARY: 'true' });
    assertDockerfile(folder, 'handler');
  });

  it('makes a folder with a README and a Dockerfile, node by default, in the folder where it is called', async () => {
    const cwd = join(place, 'default');
    mkdirSync(cwd);
    const printed = runIn(cwd, process.execPath, join(ROOT, 'bin/tributary.js'), 'init');
    expect(printed).toMatch(/^hello: a function in JavaScript: Dockerfile, README\.md, .*handler\.js/);
    expect(readdirSync(join(cwd, 'hello'))).toEqual(readdirSync(join(ROOT, 'examples/node')));
  });

  it('asks for the version of this package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    for (const file of ['node/package.json', 'typescript/package.json', 'python/Dockerfile', 'go/Dockerfile']) {
      const text = readFileSync(join(ROOT, 'examples', file), 'utf8');
      expect(/tributary-host(?:@|": ")\^([\d.]+)/.exec(text)?.[1], file).toBe(version);
    }
  });

  it('overwrites nothing', async () => {
    const folder = join(place, 'used');
    mkdirSync(folder);
    writeFileSync(join(folder, 'handler.js'), 'mine');
    const used = await runTributary(['init', 'node', folder]);
    expect(used.stderr).toBe(
      `tributary init: ${folder} is not empty, and nothing is overwritten; name another folder\n`,
    );
    expect(used.code).toBe(1);
    const file = await runTributary(['init', 'node', join(folder, 'handler.js')]);
    expect(file.stderr).toMatch(/^tributary init: [^\n]*handler\.js cannot be used [^\n]*; name another folder\n$/);
    expect(file.code).toBe(1);
    const below = await runTributary(['init', 'node', join(folder, 'handler.js/x')]);
    expect(below.stderr).toMatch(/^tributary init: [^\n]+\n$/);
    expect(below.code).toBe(1);
    expect(readdirSync(folder)).toEqual(['handler.js']);
    expect(readFileSync(join(folder, 'handler.js'), 'utf8')).toBe('mine');
  });

  it.each([
    [['rust'], '"rust" is none of node, typescript, python, go'],
    [['toString'], '"toString" is none of'],
    [['node', 'a', 'b'], 'got 3 arguments'],
    [['--force'], "Unknown option '--force'"],
  ])('exit code 64 for %j', async (args, message) => {
    const { code, stderr } = await runTributary(['init', ...args]);
    expect(stderr).toMatch(/^tributary init: [^\n]*; see tributary init --help\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });

  it('explains itself', async () => {
    const { code, stdout } = await runTributary(['init', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('node, typescript, python, go; node if none is given');
  });
});
