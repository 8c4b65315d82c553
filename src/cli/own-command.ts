import { join, relative, sep } from 'node:path';
import { packageRoot } from '../config/package-root.js';

/** How this command is typed: as that of a package of this folder, of the machine, or of a checkout. */
export function ownCommand(): string {
  const root = packageRoot();
  if (root.startsWith(join(process.cwd(), 'node_modules') + sep)) return 'npx tributary';
  if (root.split(sep).includes('node_modules')) return 'tributary';
  return `node ${relative(process.cwd(), join(root, 'bin/tributary.js'))}`;
}
