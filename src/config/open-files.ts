import { readFileSync } from 'node:fs';

/**
 * How many descriptors this process may have open (`ulimit -n`): Node has raised the soft limit to the hard one when it
 * started. Infinite where `/proc` does not say, as on macOS.
 */
export function openFilesLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
