import { statSync } from 'node:fs';
import { inProject } from '../../scripts/lib/root.mjs';
import { run } from '../../scripts/lib/run.mjs';

const modified = (path) => statSync(inProject(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Installs functions-framework into `bench/node_modules`, which git ignores, where that was not done before. */
export async function ensurePeer(say) {
  if (modified('bench/node_modules/.package-lock.json') >= modified('bench/package-lock.json')) return;
  say('installing functions-framework (npm ci --prefix bench)');
  await run(['npm', 'ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund']);
}
