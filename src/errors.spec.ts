import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from './config/package-root.js';
import { ERROR_CATALOGUE } from './errors.js';

describe('the catalogue of errors', () => {
  it('is the one that docs/errors.md documents', () => {
    const text = readFileSync(join(packageRoot(), 'docs/errors.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z_]+)`\s*\| ([^|]+?)\s*\|/gm)].map(([, code, meaning]) => [code, meaning]);
    expect(Object.fromEntries(rows)).toEqual(ERROR_CATALOGUE);
  });
});
