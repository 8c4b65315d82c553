import { readdirSync, readFileSync } from 'node:fs';
import { inProject } from '../lib/root.mjs';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;
const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//g;

/**
 * The licences of all packages that went into the bundles, which they ask to be handed on with their code.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export function licencesOf(metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.map(folderOfPackage).filter(Boolean));
  return [...folders].sort().map(licenceOf).join('\n');
}

/** The innermost package that a file belongs to, as a folder below the project's root. */
function folderOfPackage(path) {
  const last = [...path.matchAll(PACKAGE)].at(-1);
  return last && path.slice(0, last.index + last[0].length - 1);
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(inProject(folder, 'package.json'), 'utf8'));
  const files = readdirSync(inProject(folder)).filter((file) => LICENCE_FILE.test(file));
  const texts = files.map((file) => readFileSync(inProject(folder, file), 'utf8').trim());
  return [`=== ${name} ${version} (${license ?? 'see below'})`, ...texts, ''].join('\n\n');
}
