import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../test/support/start-host.js';

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

interface LockFile {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const read = (folder: string, file: string) => readFileSync(join(ROOT, folder, file), 'utf8');

/** Every package but the project itself, by its place. */
function lockedPackages(folder: string): [place: string, locked: LockedPackage][] {
  const { lockfileVersion, packages } = JSON.parse(read(folder, 'package-lock.json')) as LockFile;
  expect(lockfileVersion).toBe(3);
  return Object.entries(packages).filter(([place]) => place !== '');
}

/** The places of the packages for which something holds. */
const placesWhere = (folder: string, holds: (locked: LockedPackage) => boolean) =>
  lockedPackages(folder).flatMap(([place, locked]) => (holds(locked) ? [place] : []));

describe.each([['.'], ['bench'], ['website']])('the lock file in %s', (folder) => {
  it('names no address, so that it is the same whatever registry it was made with', () => {
    expect(lockedPackages(folder).length).toBeGreaterThan(100);
    expect(placesWhere(folder, ({ resolved, link }) => resolved !== undefined || link === true)).toEqual([]);
    expect(read(folder, '.npmrc').split('\n')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('holds the digest of every package, so that no registry can give another', () => {
    const digest = /^sha512-[A-Za-z0-9+/]{86}==$/;
    expect(placesWhere(folder, ({ integrity = '' }) => !digest.test(integrity))).toEqual([]);
  });

  it('agrees with package.json, and each package with those that ask for it', async () => {
    const rangesOf = ({ dependencies, devDependencies, optionalDependencies }: Record<string, unknown>) => ({
      dependencies,
      devDependencies,
      optionalDependencies,
    });
    const asked = JSON.parse(read(folder, 'package.json')) as Record<string, unknown>;
    const { packages } = JSON.parse(read(folder, 'package-lock.json')) as LockFile;
    expect(rangesOf({ ...packages[''] })).toEqual(rangesOf(asked));
    const args = ['ls', '--all', '--package-lock-only', '--offline', '--json'];
    const { stdout } = await promisify(execFile)('npm', args, { cwd: join(ROOT, folder), maxBuffer: 16 * 1024 * 1024 });
    expect(JSON.parse(stdout)).not.toHaveProperty('problems');
  }, 60_000);

  it('has no package for production that runs a script when it is installed', () => {
    expect(placesWhere(folder, ({ dev, hasInstallScript }) => !dev && hasInstallScript === true)).toEqual([]);
  });
});
