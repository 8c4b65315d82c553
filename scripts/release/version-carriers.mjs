import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A version of this package, as semver.org writes one. */
const VERSION = String.raw`\d+\.\d+\.\d+(?:-[\w.]+)?`;

/**
 * What carries the version of this package beside `package.json` and its lock file, which npm writes itself: files, and
 * folders some files of which have it; always behind `before`. The test beside this file finds what is
 * missing here.
 */
export const VERSION_CARRIERS = [
  { path: 'examples/node/package.json', before: /"tributary-host": "\^/ },
  { path: 'examples/typescript/package.json', before: /"tributary-host": "\^/ },
  { path: 'examples/python/Dockerfile', before: /tributary-host@\^/ },
  { path: 'examples/go/Dockerfile', before: /tributary-host@\^/ },
  { path: 'deploy/helm', before: /^(?:version|appVersion): ['"]?/ },
  { path: 'deploy/kubernetes', before: /app\.kubernetes\.io\/version: ['"]?|image: tributary:/ },
];

/**
 * Where the version is carried below a folder: each file with its text as it is with another version. Throws where one
 * of these carries none.
 */
export function withVersion(folder, version) {
  return VERSION_CARRIERS.flatMap((carrier) => changesOf(folder, carrier, version));
}

/** Writes the version there; gives the files. */
export function writeVersion(folder, version) {
  const changes = withVersion(folder, version);
  for (const [file, text] of changes) writeFileSync(join(folder, file), text);
  return changes.map(([file]) => file);
}

function changesOf(folder, { path, before }, version) {
  const carried = new RegExp(`(?<=${before.source})${VERSION}`, 'gm');
  const files = filesIn(folder, path).map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
  const carriers = files.filter(([, text]) => text.search(carried) >= 0);
  if (carriers.length === 0) throw new Error(`${path} has no version behind ${before}: ${ADVICE}`);
  return carriers.map(([file, text]) => [file, text.replace(carried, version)]);
}

const ADVICE = 'say in scripts/release/version-carriers.mjs where it is';

/** A file, or all files of a folder; nothing where there is neither. */
function filesIn(folder, path) {
  if (!existsSync(join(folder, path))) return [];
  if (!statSync(join(folder, path)).isDirectory()) return [path];
  return readdirSync(join(folder, path)).flatMap((name) => filesIn(folder, `${path}/${name}`));
}
