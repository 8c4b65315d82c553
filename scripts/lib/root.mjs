import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root: every script works from here, whatever the current folder is. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path inside the project. */
export const inProject = (...parts) => join(ROOT, ...parts);
