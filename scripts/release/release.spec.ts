import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../test/support/start-host.js';
import { VERSION_CARRIERS } from './version-carriers.mjs';

const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
const WRITTEN_BY_NPM = ['package.json', 'package-lock.json'];
const PATHS = VERSION_CARRIERS.map(({ path }) => path);
/** What may stand before the version of this package, wherever somebody has written it down. */
const BEFORE_A_VERSION = `(tributary[a-z-]*|version['"]?)[":@= '^~v]+`;
/** Prose, tests, and what npm writes. */
const NOT_CARRIERS = /^(test|docs)\/|\.spec\.ts$|\.md$|(^|\/)package-lock\.json$|^package\.json$/;

/** The files of the project that have its version in them, found by looking. */
function carriers(): string[] {
  const pattern = `${BEFORE_A_VERSION}${VERSION.replaceAll('.', '\\.')}([^0-9.]|$)`;
  const args = ['grep', '--extended-regexp', '--ignore-case', '--name-only', '--untracked', pattern];
  const found = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return found
    .trim()
    .split('\n')
    .filter((file) => !NOT_CARRIERS.test(file))
    .sort();
}

/** As on the machine of somebody who releases: nothing of the npm that runs these tests. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|git)_/i.test(name))),
  ...{
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  },
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
};

let clone: string;
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: clone, env: ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const git = (...args: string[]): string => run('git', ...args);
const release = (...args: string[]): string => run('npm', 'run', 'release', '--', ...args);
const read = (file: string): string => readFileSync(join(clone, file), 'utf8');

/** Where the clone was made from. */
const origin = (): string => `${clone}.git`;

/** The commands of a document. */
function typedIn(page: string): string[] {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(/^```sh.*\n([^]*?)^```$/gm);
  return [...blocks].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

/** What a release that is refused says. */
function refusal(...args: string[]): string {
  try {
    release(...args);
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
  throw new Error('it was released');
}

/** A repository with all that a release reads and writes, as the tree of the project has it now. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'tributary-release-'));
  const files = [...WRITTEN_BY_NPM, ...PATHS, 'CHANGELOG.md', '.npmrc', '.gitignore', 'scripts'];
  for (const file of files) cpSync(join(ROOT, file), join(clone, file), { recursive: true });
  writeFileSync(join(clone, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n### Added\n\n- A thing.\n');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=all of it');
  git('init', '--quiet', '--bare', '--initial-branch=main', origin());
  git('remote', 'add', 'origin', origin());
  git('push', '--quiet', '--set-upstream', 'origin', 'main');
});
afterEach(() => {
  for (const folder of [clone, origin()]) rmSync(folder, { recursive: true, force: true });
});

describe('npm run release', { timeout: 60_000 }, () => {
  it('is one commit and one tag, with the version in every file of the project that carries it', () => {
    const [released = '', pushed = ''] = typedIn('docs/releasing.md');
    expect(released).toBe('npm run release -- minor');
    run('sh', '-c', released);
    const { version: next } = JSON.parse(read('package.json')) as { version: string };
    expect(next).not.toBe(VERSION);
    expect(next).toMatch(/^\d+\.\d+\.0$/);
    expect(git('log', '--format=%s')).toBe(`chore(release): ${next}\nall of it\n`);
    expect(git('tag', '--points-at', 'HEAD')).toBe(`v${next}\n`);
    expect(git('status', '--porcelain')).toBe('');
    const changed = git('diff', '--name-only', 'HEAD~1').trim().split('\n');
    expect(changed.sort()).toEqual(['CHANGELOG.md', ...WRITTEN_BY_NPM, ...carriers()].sort());
    for (const file of carriers()) {
      expect(read(file), file).not.toMatch(new RegExp(BEFORE_A_VERSION + VERSION.replaceAll('.', '\\.')));
      expect(read(file), file).toMatch(new RegExp(BEFORE_A_VERSION + next.replaceAll('.', '\\.')));
    }
    expect(JSON.parse(read('package-lock.json'))).toMatchObject({ version: next, packages: { '': { version: next } } });
    expect(read('package-lock.json')).not.toContain('"resolved"');
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`^# Changelog\n\n## Unreleased\n\n## ${next} - \\d{4}-\\d\\d-\\d\\d\n\n### Added\n\n- A thing.\n$`),
    );
    expect(run(process.execPath, 'scripts/release.mjs', 'notes')).toBe('### Added\n\n- A thing.\n');

    run('sh', '-c', pushed);
    expect(git('ls-remote', 'origin')).toMatch(new RegExp(`refs/heads/main\n[^]*refs/tags/v${next}\n`));
  });

  it('takes the version that is there for the first one', () => {
    release(VERSION, '--allow-same-version');
    expect(git('tag')).toBe(`v${VERSION}\n`);
    expect(read('CHANGELOG.md')).toContain(`## ${VERSION} - `);
  });

  it('is refused where something is not committed, and changes nothing', () => {
    writeFileSync(join(clone, 'forgotten.txt'), '');
    expect(refusal('patch')).toContain('release: commit or remove first:\n?? forgotten.txt\n');
    expect(git('log', '--format=%s')).toBe('all of it\n');
    expect(git('tag')).toBe('');
    expect(JSON.parse(read('package.json'))).toMatchObject({ version: VERSION });
  });

  it('is refused where nothing is unreleased, and changes nothing', () => {
    writeFileSync(join(clone, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n### Added\n');
    git('commit', '--quiet', '--all', '--message=nothing');
    expect(refusal('patch')).toContain('release: CHANGELOG.md has nothing under "## Unreleased"');
    expect(git('tag')).toBe('');
    expect(git('status', '--porcelain')).toBe('');
  });

  it('is refused where a file that carried the version does so no more, and changes nothing', () => {
    writeFileSync(join(clone, 'examples/go/Dockerfile'), 'FROM scratch\n');
    git('commit', '--quiet', '--all', '--message=another image');
    expect(refusal('patch')).toContain('release: examples/go/Dockerfile has no version behind');
    expect(git('status', '--porcelain')).toBe('');
  });
});
