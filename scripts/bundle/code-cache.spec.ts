import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const { cachePath, hostPath, isFolderOurs, readCache } = createRequire(import.meta.url)('./code-cache.cjs') as {
  cachePath(folder: string): string;
  hostPath(folder: string): string;
  isFolderOurs(folder: string): boolean;
  readCache(folder: string): Buffer | undefined;
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/tributary-code-cache-spec-`);
  writeFileSync(hostPath(folder), '');
  writeFileSync(cachePath(folder), 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readCache', () => {
  it('reads the cache beside the code', () => {
    expect(readCache(folder)?.toString()).toBe('cache');
  });

  it('finds none where none was made', () => {
    rmSync(cachePath(folder));
    expect(readCache(folder)).toBeUndefined();
  });

  it.each([0o664, 0o646])(
    'does not trust a cache of mode %o, which others can write while they cannot the code',
    (mode) => {
      chmodSync(hostPath(folder), 0o644);
      chmodSync(cachePath(folder), mode);
      expect(readCache(folder)).toBeUndefined();
    },
  );

  it('trusts a cache as far as the code: where a group may write both, nothing is gained by the cache', () => {
    chmodSync(hostPath(folder), 0o664);
    chmodSync(cachePath(folder), 0o664);
    expect(readCache(folder)).toBeDefined();
  });
});

describe('cachePath', () => {
  it('is another one for another version of Node, architecture, or set of V8 options', () => {
    const path = cachePath('/bundle');
    expect(path).toContain(`${process.version}-${process.platform}-${process.arch}`);
    process.execArgv.push('--max-old-space-size=512');
    try {
      expect(cachePath('/bundle')).not.toBe(path);
    } finally {
      process.execArgv.pop();
    }
  });
});

describe('isFolderOurs', () => {
  it('is so where only we can write', () => {
    chmodSync(folder, 0o755);
    expect(isFolderOurs(folder)).toBe(true);
  });

  it.each([0o775, 0o757, 0o1777])('is not so with mode %o: others could put a cache there', (mode) => {
    chmodSync(folder, mode);
    expect(isFolderOurs(folder)).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("is not so in somebody else's folder", () => {
    expect(isFolderOurs('/')).toBe(false);
  });
});
