import { mkdirSync, readdirSync } from 'node:fs';
import { run } from '../../scripts/lib/run.mjs';
import { scratch } from './scratch.mjs';

/**
 * The host as it ships: what `npm pack` makes of the build, unpacked in a temporary folder. It needs nothing that an
 * installation would add (docs/decisions/0002-bundle.md), and so needs no network.
 *
 * @returns {Promise<string>} The folder of the package.
 */
export async function unpackPackage() {
  const folder = scratch('packed');
  mkdirSync(folder);
  await run(['npm', 'pack', '--ignore-scripts', '--pack-destination', folder]);
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  await run(['tar', '--extract', '--no-same-owner', '--file', String(archive)], { cwd: folder });
  return `${folder}/package`;
}
