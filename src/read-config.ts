import { readFileSync, statSync } from 'node:fs';
import type { HostConfig } from './config/host-config.js';
import { loadConfig, type TriggersFile } from './config/load-config.js';
import type { Environment } from './config/read-variables.js';
import { configSchema } from './config-schema.js';
import { messageOf } from './errors.js';

const MAX_TRIGGERS_FILE = 1_048_576;

/**
 * The configuration of the host, from the environment and the triggers file that it names. Throws one `HostError`
 * `CONFIG_INVALID` that lists all that is wrong.
 */
export function readConfig(environment: Environment): HostConfig {
  return loadConfig(environment, readTriggersFile(environment['TRIGGERS_FILE']), configSchema);
}

/** Looked at before it is opened: reading from a pipe or a device might never end. */
function readTriggersFile(path: string | undefined): TriggersFile | undefined {
  if (!path) return undefined;
  try {
    const { size } = statSync(path);
    if (!statSync(path).isFile()) return { problem: `expected a file, but ${path} is none` };
    if (size > MAX_TRIGGERS_FILE) return { problem: `expected at most ${MAX_TRIGGERS_FILE} bytes, got ${size}` };
    return readFileSync(path, 'utf8');
  } catch (error) {
    return { problem: `expected a file that can be read: ${messageOf(error)}` };
  }
}
