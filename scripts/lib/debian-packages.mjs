import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './executables.mjs';
import { CommandFailed, run } from './run.mjs';

/** Downloads that hang must not hold up a start for minutes. */
const PATIENCE = ['-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::Retries=1'];

/** Whether this system has what it takes to fetch and unpack Debian's packages. */
export function hasDebianPackages() {
  return onPath('apt-get') !== undefined && onPath('dpkg-deb') !== undefined;
}

/**
 * Fetches a package and those of its dependencies that the system lacks, and unpacks them into a folder. Needs no root
 * and changes nothing of the system: where its package lists are missing or too old, lists of our own are fetched.
 * Throws `CommandFailed`.
 *
 * @param {string} name Name of the package.
 * @param {string} folder Where to unpack; created.
 * @param {string} state Folder for lists of our own.
 */
export async function unpackDebianPackage(name, folder, state) {
  mkdirSync(folder, { recursive: true });
  const downloads = mkdtempSync(`${folder}.debs-`);
  try {
    await download(name, downloads, state);
    for (const archive of readdirSync(downloads)) {
      if (archive.endsWith('.deb')) await run(['dpkg-deb', '--extract', join(downloads, archive), folder]);
    }
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

async function download(name, downloads, state) {
  try {
    await downloadWith(PATIENCE, name, downloads);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const ownLists = [...PATIENCE, ...listsUnder(state)];
    await run(['apt-get', 'update', '--error-on=any', ...ownLists]);
    await downloadWith(ownLists, name, downloads);
  }
}

async function downloadWith(options, name, downloads) {
  const plan = await run(['apt-get', 'install', '--simulate', '--no-install-recommends', ...options, name]);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, found]) => found);
  // Installed already, and yet not on the PATH: the package itself is all that can be missing.
  if (packages.length === 0) packages.push(name);
  // As root, apt would download as a user who may not enter the folder of the project.
  await run(['apt-get', 'download', '-o', 'APT::Sandbox::User=root', ...options, ...packages], { cwd: downloads });
}

function listsUnder(state) {
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(state, folder), { recursive: true });
  }
  return [
    ...['-o', `Dir::State=${join(state, 'state')}`, '-o', `Dir::Cache=${join(state, 'cache')}`],
    ...['-o', 'Dir::State::status=/var/lib/dpkg/status', '-o', 'APT::Sandbox::User=root'],
  ];
}
