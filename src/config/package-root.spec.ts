import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from './package-root.js';

describe('packageRoot', () => {
  it('is the folder of package.json, whatever the current folder is', () => {
    expect(existsSync(join(packageRoot(), 'src/config/package-root.ts'))).toBe(true);
    expect(existsSync(join(packageRoot(), 'package.json'))).toBe(true);
  });
});
