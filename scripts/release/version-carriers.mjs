import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A version of this package, as semver.org writes one. */
const VERSION = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;

/**
 * The files that carry the version of this package, beside `package.json` and its lock file, which npm writes itself: in each
 * the version stands once, behind `before`. A new one is found by the test beside this file.
 */
export const VERSION_CARRIERS = [
  { file: 'examples/node/package.json', before: '"tributary-host": "^' },
  { file: 'examples/typescript/package.json', before: '"tributary-host": "^' },
  { file: 'examples/python/Dockerfile', before: 'tributary-host@^' },
  { file: 'examples/go/Dockerfile', before: 'tributary-host@^' },
];

/** Writes the version into each carrier below a folder; gives their names. Throws where one does not carry any. */
export function writeVersion(folder, version) {
  const changed = VERSION_CARRIERS.map(({ file, before }) => [file, withVersion(folder, file, before, version)]);
  for (const [file, text] of changed) writeFileSync(join(folder, file), text);
  return VERSION_CARRIERS.map(({ file }) => file);
}

function withVersion(folder, file, before, version) {
  const path = join(folder, file);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const carried = new RegExp(`(${before.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')})${VERSION}`);
  if (!carried.test(text))
    throw new Error(`${file} has no version behind ${before}: see scripts/release/version-carriers.mjs`);
  return text.replace(carried, (_, found) => found + version);
}
