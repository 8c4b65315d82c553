import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A path in a temporary folder that goes with this process. */
export const scratch = (...parts) => join(folder, ...parts);
