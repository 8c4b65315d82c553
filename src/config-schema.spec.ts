import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { knownVariables } from './config/load-config.js';
import { triggersSchema } from './config/json-schema.js';
import { withVariables } from './config/variables-reference.js';
import { packageRoot } from './config/package-root.js';
import { readTriggersFile } from './config/triggers-file.js';
import { configSchema } from './config-schema.js';
import { isOwnVariable } from './invocation/sub-runtime/own-variables.js';

describe('section 1: what the sub-runtime gets of the environment', () => {
  it('keeps every known variable from it but SCW_* and OTEL_*, which are its own as well', () => {
    const known = knownVariables(configSchema);
    expect(known.length).toBeGreaterThan(50);
    expect(known.filter((name) => !isOwnVariable(name, 'x'))).toEqual(
      known.filter((name) => /^(SCW|OTEL)_/.test(name)),
    );
  });

  it.each(['PATH', 'HOME', 'SCW_PUBLIC_KEY', 'DATABASE_URL', 'ADMIN_EMAIL', 'LOG_FILE'])('leaves %s to it', (name) => {
    expect(isOwnVariable(name, 'x')).toBe(false);
  });

  it('leaves the links of Kubernetes to it', () => {
    expect(isOwnVariable('ADMIN_PORT', 'tcp://10.0.0.1:80')).toBe(false);
    expect(isOwnVariable('TRIGGER_X_SERVICE_HOST', '10.0.0.1')).toBe(false);
  });
});

describe('section 2: the JSON Schema of the triggers file', () => {
  const schema = triggersSchema(configSchema.triggerKinds);
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  const both = (trigger: object) => {
    const document = { triggers: [trigger] };
    return {
      schema: validate(document),
      classes: readTriggersFile(JSON.stringify(document), configSchema.triggerKinds).issues.length === 0,
    };
  };

  it('is the one that ships; npm run build && npm run reference writes it anew', () => {
    const shipped = JSON.parse(readFileSync(join(packageRoot(), 'schema/triggers.schema.json'), 'utf8')) as unknown;
    expect(shipped).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it.each([
    {
      name: 'nightly',
      type: 'cron',
      schedule: '0 3 * * *',
      timeZone: 'Europe/Paris',
      args: { report: 'daily' },
      handler: 'report',
    },
    { name: 'quotes', type: 'nats', subject: 'quotes.*', queue: 'pricing' },
    { name: 'many', type: 'nats', subject: ['a', 'b'], queue: '' },
    { name: 'web', type: 'http', payloadMaxSize: 10 },
  ])('accepts %j, as the classes do', (trigger) => {
    expect(both(trigger)).toEqual({ schema: true, classes: true });
  });

  it.each([
    { name: 'a b', type: 'cron', schedule: '* * * * *' },
    { type: 'cron', schedule: '* * * * *' },
    { name: 'a', type: 'kafka' },
    { name: 'a', type: 'cron', schedule: 5 },
    { name: 'a', type: 'cron', shared: 'yes' },
    { name: 'a', type: 'cron', concurrencyPolicy: 'Replace' },
    { name: 'a', type: 'cron', maxAttempts: 1.5 },
    { name: 'a', type: 'cron', startingDeadlineMs: -1 },
    { name: 'a', type: 'nats', maxDeliver: 0 },
    { name: 'a', type: 'nats', backoffMs: ['soon'] },
    { name: 'a', type: 'nats', sujbect: 'x' },
    { name: 'a', type: 'http', enabled: 'true' },
  ])('refuses %j, as the classes do', (trigger) => {
    expect(both(trigger)).toEqual({ schema: false, classes: false });
  });
});

describe('the tables of variables in docs/configuration.md', () => {
  const page = readFileSync(join(packageRoot(), 'docs/configuration.md'), 'utf8');

  it('are those of the config classes; npm run build && npm run reference writes them anew', () => {
    const cells = (text: string) =>
      text.split('\n').map((line) => line.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---'));
    expect(cells(page)).toEqual(cells(withVariables(page, configSchema)));
  });

  it('have a place for each class', () => {
    expect(() => withVariables(page.replace('of LogConfig', 'of LogsConfig'), configSchema)).toThrow('LogsConfig');
    expect(() => withVariables(page.replace('<!-- variables of LogConfig -->', ''), configSchema)).toThrow('LogConfig');
  });
});
