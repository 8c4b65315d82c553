import { describe, expect, it } from 'vitest';
import { knownVariables } from './config/load-config.js';
import { configSchema } from './config-schema.js';
import { isOwnVariable } from './invocation/sub-runtime/own-variables.js';

describe('section 1: what the sub-runtime gets of the environment', () => {
  it('keeps every known variable that is not SCW_* from it', () => {
    const known = knownVariables(configSchema);
    expect(known.length).toBeGreaterThan(50);
    expect(known.filter((name) => !isOwnVariable(name, 'x'))).toEqual(known.filter((name) => name.startsWith('SCW_')));
  });

  it.each(['PATH', 'HOME', 'SCW_PUBLIC_KEY', 'DATABASE_URL', 'ADMIN_EMAIL', 'LOG_FILE'])('leaves %s to it', (name) => {
    expect(isOwnVariable(name, 'x')).toBe(false);
  });

  it('leaves the links of Kubernetes to it', () => {
    expect(isOwnVariable('ADMIN_PORT', 'tcp://10.0.0.1:80')).toBe(false);
    expect(isOwnVariable('TRIGGER_X_SERVICE_HOST', '10.0.0.1')).toBe(false);
  });
});
