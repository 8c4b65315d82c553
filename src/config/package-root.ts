import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'tributary-host';

let found: string | undefined;

/**
 * The folder of this package, with `runtimes/` and `schema/` in it: absolute, and the same whether the code runs from
 * the sources, from `dist/esm` or from the bundle. Throws a `TypeError` where there is no such folder above this file.
 */
export function packageRoot(): string {
  found ??= lookUp(dirname(fileURLToPath(import.meta.url)));
  return found;
}

/** By name and not by depth: the bundle lies less deep than the file that it was made from. */
function lookUp(folder: string): string {
  if (nameIn(join(folder, 'package.json')) === PACKAGE_NAME) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new TypeError(`no package ${PACKAGE_NAME} above ${fileURLToPath(import.meta.url)}`);
  return lookUp(parent);
}

function nameIn(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}
