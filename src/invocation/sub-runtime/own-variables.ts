import { isForeignVariable } from '../../config/foreign-variables.js';

const OWN_PREFIX = /^(TRIGGER|INVOCATION|SUB_RUNTIME)_/;
const OWN_NAMES = new Set([
  'PORT',
  'SHUTDOWN_DELAY_MS',
  'SHUTDOWN_GRACE_MS',
  'ADMIN_ENABLED',
  'ADMIN_HOST',
  'ADMIN_PORT',
  'ADMIN_TOKEN',
  'ADMIN_TOKEN_FILE',
  'LOG_LEVEL',
  'LOG_FORMAT',
  'TRIGGERS_FILE',
]);

/**
 * Whether a variable is the host's own and kept from the sub-runtime. An unknown one under our prefixes stops the
 * start, so the prefix decides; written out here because the config classes are not loaded yet at this point
 * (a test keeps the list equal to theirs).
 */
export function isOwnVariable(name: string, value: string): boolean {
  return (OWN_PREFIX.test(name) || OWN_NAMES.has(name)) && !isForeignVariable(name, value);
}
