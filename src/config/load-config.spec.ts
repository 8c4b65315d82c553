import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { HostError } from '../errors.js';
import type { ConfigSchema, TriggerKind } from './config-schema.js';
import type { Named } from './host-config.js';
import { loadConfig } from './load-config.js';
import { Flag, Json, List, Milliseconds, OneOf, Port, Text, Wholes } from './variable.decorator.js';

class Section {
  @Milliseconds('INVOCATION_TIMEOUT_MS', { description: 'time' })
  timeoutMs = 300_000;

  @Text('ADMIN_TOKEN', { description: 'token', secret: true })
  token?: string;

  @Port('ADMIN_PORT', { description: 'port' })
  port = 9464;
}

class Required {
  @Text('SCW_HANDLER_PATH', { description: 'path', required: true, expected: 'an absolute path' })
  path!: string;

  @Text('SCW_PUBLIC_KEY', { description: 'key', secret: true })
  key?: string;
}

class Tick implements Named {
  name = 'cron';

  @Text('TRIGGER_CRON_SCHEDULE', { description: 'schedule' })
  schedule?: string;

  @Flag('TRIGGER_CRON_SHARED', { description: 'shared' })
  shared = true;

  @OneOf('TRIGGER_CRON_CONCURRENCY_POLICY', ['Allow', 'Forbid'], { description: 'policy' })
  concurrencyPolicy = 'Forbid';

  @Json('TRIGGER_CRON_ARGS', { description: 'args' })
  args?: unknown;

  @Wholes('TRIGGER_CRON_BACKOFF_MS', { description: 'back-off', min: 1, max: 1_000 })
  backoffMs = [1];

  @List('TRIGGER_CRON_TAGS', { description: 'tags' })
  tags: string[] = [];
}

const tick: TriggerKind<Tick> = {
  type: 'cron',
  configClass: Tick,
  isConfigured: ({ schedule }) => schedule !== undefined,
};
const schema: ConfigSchema = { sections: [Section, Required], triggerKinds: [tick], rules: [] };
const minimal = { SCW_HANDLER_PATH: '/handler.js' };

function refusal(environment: Record<string, string>, file?: string): string {
  try {
    loadConfig({ ...minimal, ...environment }, file, schema);
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('section 1: loadConfig', () => {
  it('gives defaults where nothing is set, and takes an empty variable for one that is not set', () => {
    const config = loadConfig({ ...minimal, INVOCATION_TIMEOUT_MS: '' }, undefined, schema);
    expect(config.get(Section)).toMatchObject({ timeoutMs: 300_000, port: 9464 });
    expect(config.triggersOf(Tick)).toEqual([]);
  });

  it('gives a frozen configuration', () => {
    const config = loadConfig(minimal, undefined, schema);
    expect(Object.isFrozen(config.get(Section))).toBe(true);
  });

  it('reports all failures at once, by name, with what was expected', () => {
    const message = refusal({ SCW_HANDLER_PATH: '', INVOCATION_TIMEOUT_MS: '1s', ADMIN_PORT: '70000' });
    expect(message).toContain('SCW_HANDLER_PATH: expected an absolute path, but it is not set');
    expect(message).toContain(
      'INVOCATION_TIMEOUT_MS: expected a whole number of milliseconds from 1 to 2147483647, got "1s"',
    );
    expect(message).toContain('ADMIN_PORT: expected a whole number from 0 to 65535, got "70000"');
  });

  it('reports what its rules find beside what is wrong by itself', () => {
    const rules: ConfigSchema['rules'] = [
      (_config, findings) => findings.issue('OTHER', 'expected a file'),
      (_config, findings) => findings.issue('ADMIN_PORT', 'expected another'),
      () => {
        throw new TypeError('tripped over a value of the wrong type');
      },
    ];
    const load = () =>
      loadConfig({ ...minimal, ADMIN_PORT: 'x' }, { problem: 'expected a file, too' }, { ...schema, rules });
    expect(load).toThrowError(
      /ADMIN_PORT: expected a whole number.*\n.*TRIGGERS_FILE: expected a file, too\n.*OTHER: expected a file$/s,
    );
    expect(load).not.toThrowError(/expected another|tripped/);
  });

  it('refuses JSON that is nested too deeply to be written again', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    expect(refusal({ TRIGGER_CRON_SCHEDULE: '* * * * *', TRIGGER_CRON_ARGS: deep })).toContain(
      'TRIGGER_CRON_ARGS: expected valid JSON',
    );
  });

  it.each(['1.5', '-1', '0', '1e3', '0x10', ' ', 'NaN', '99999999999999999999'])(
    'refuses %j as a duration',
    (given) => {
      expect(refusal({ INVOCATION_TIMEOUT_MS: given })).toContain('INVOCATION_TIMEOUT_MS');
    },
  );

  it('takes no text but true and false for a flag', () => {
    expect(refusal({ TRIGGER_CRON_SCHEDULE: '* * * * *', TRIGGER_CRON_SHARED: 'yes' })).toContain(
      'TRIGGER_CRON_SHARED: expected true or false, got "yes"',
    );
    const config = loadConfig(
      { ...minimal, TRIGGER_CRON_SCHEDULE: '* * * * *', TRIGGER_CRON_SHARED: 'false' },
      undefined,
      schema,
    );
    expect(config.triggersOf(Tick)[0]?.shared).toBe(false);
  });

  it('refuses JSON that does not parse, and takes a JSON string for a string', () => {
    const broken = { TRIGGER_CRON_SCHEDULE: '* * * * *', TRIGGER_CRON_ARGS: '{' };
    expect(refusal(broken)).toContain('TRIGGER_CRON_ARGS: expected valid JSON');
    const config = loadConfig({ ...minimal, ...broken, TRIGGER_CRON_ARGS: '"{"' }, undefined, schema);
    expect(config.triggersOf(Tick)[0]?.args).toBe('{');
  });

  it('names the nearest known variable for one of our prefixes that is unknown', () => {
    expect(refusal({ TRIGGER_CRON_SHEDULE: '* * * * *' })).toContain(
      'TRIGGER_CRON_SHEDULE: unknown variable; did you mean TRIGGER_CRON_SCHEDULE?',
    );
    expect(refusal({ INVOCATION_FOO: '1' })).toContain('INVOCATION_FOO: unknown variable');
    expect(refusal({ SUB_RUNTIME_X: '1' })).toContain('SUB_RUNTIME_X: unknown variable');
  });

  it('leaves unknown variables of others alone', () => {
    expect(() => loadConfig({ ...minimal, FOO: '1', SCW_ANYTHING: '1' }, undefined, schema)).not.toThrow();
  });

  it('ignores what Kubernetes injects for services, ADMIN_PORT included', () => {
    const links = {
      TRIGGER_CRON_SERVICE_HOST: '10.0.0.1',
      TRIGGER_CRON_SERVICE_PORT: '80',
      TRIGGER_CRON_SERVICE_PORT_HTTP: '80',
      TRIGGER_CRON_PORT: 'tcp://10.0.0.1:80',
      TRIGGER_CRON_PORT_80_TCP: 'tcp://10.0.0.1:80',
      TRIGGER_CRON_PORT_80_TCP_PROTO: 'tcp',
      TRIGGER_CRON_PORT_80_TCP_PORT: '80',
      TRIGGER_CRON_PORT_80_TCP_ADDR: '10.0.0.1',
      ADMIN_PORT: 'tcp://10.0.0.1:80',
    };
    expect(loadConfig({ ...minimal, ...links }, undefined, schema).get(Section).port).toBe(9464);
  });

  it('ignores the number that systemd gives to each start of a service, and nothing else of that name', () => {
    const ofSystemd = { ...minimal, INVOCATION_ID: '7a2d2b1c9d4f4a0e8c3b5f6a7d8e9f00' };
    expect(() => loadConfig(ofSystemd, undefined, schema)).not.toThrow();
    expect(refusal({ INVOCATION_ID: 'mine' })).toContain('INVOCATION_ID: unknown variable');
  });

  it('never shows the value of a secret', () => {
    class Strict {
      @Port('SCW_PUBLIC_KEY', { description: 'key', secret: true })
      key?: number;
    }
    const strict: ConfigSchema = { sections: [Strict], triggerKinds: [], rules: [] };
    expect(() => loadConfig({ SCW_PUBLIC_KEY: 'hunter2' }, undefined, strict)).toThrowError(/SCW_PUBLIC_KEY: expected/);
    expect(() => loadConfig({ SCW_PUBLIC_KEY: 'hunter2' }, undefined, strict)).not.toThrowError(/hunter2/);
  });

  it('gives for any environment either a configuration or a message that names the variable', () => {
    const names = ['INVOCATION_TIMEOUT_MS', 'ADMIN_PORT', 'TRIGGER_CRON_SHARED', 'TRIGGER_CRON_BACKOFF_MS'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string(), (name, value) => {
        try {
          loadConfig({ ...minimal, [name]: value }, undefined, schema);
        } catch (error) {
          expect(error).toBeInstanceOf(HostError);
          expect((error as HostError).message).toContain(name);
        }
      }),
    );
  });
});

describe('section 2: the triggers file', () => {
  const file = (triggers: unknown) => JSON.stringify({ triggers });

  it('gives triggers with camelCase keys beside the one that the environment makes', () => {
    const yaml =
      'triggers:\n  - { name: nightly, type: cron, schedule: "0 3 * * *", args: { report: daily }, tags: "a, b" }\n';
    const config = loadConfig({ ...minimal, TRIGGER_CRON_SCHEDULE: '* * * * *' }, yaml, schema);
    expect(config.triggersOf(Tick).map(({ name }) => name)).toEqual(['cron', 'nightly']);
    expect(config.triggersOf(Tick)[1]).toMatchObject({ args: { report: 'daily' }, tags: ['a', 'b'], shared: true });
  });

  it('is validated by the classes of the environment', () => {
    const message = refusal({}, file([{ name: 'a', type: 'cron', concurrencyPolicy: 'Maybe', shared: 'true' }]));
    expect(message).toContain(
      'TRIGGERS_FILE triggers[0] (a).concurrencyPolicy: expected one of Allow, Forbid, got "Maybe"',
    );
    expect(message).toContain('TRIGGERS_FILE triggers[0] (a).shared: expected true or false, got "true"');
  });

  it('names the nearest key for one that is unknown', () => {
    expect(refusal({}, file([{ name: 'a', type: 'cron', shedule: 'x' }]))).toContain(
      'triggers[0] (a).shedule: unknown key; did you mean schedule?',
    );
  });

  it('refuses names that are not unique, also beside the environment', () => {
    expect(
      refusal(
        {},
        file([
          { name: 'a', type: 'cron' },
          { name: 'a', type: 'cron' },
        ]),
      ),
    ).toContain('unique');
    expect(refusal({ TRIGGER_CRON_SCHEDULE: '* * * * *' }, file([{ name: 'cron', type: 'cron' }]))).toContain('unique');
  });

  it.each([
    ['triggers: [', 'expected YAML or JSON'],
    ['triggers: &x [*x]', 'expected YAML or JSON'],
    ['triggers: [{ name: a, type: cron, args: &x [*x] }]', 'expected YAML or JSON'],
    ['[]', 'expected one key, "triggers"'],
    ['triggers: {}', 'expected one key, "triggers"'],
    ['{"triggers": [1]}', 'triggers[0]: expected an object'],
    ['{"triggers": [{"name": "a", "type": "kafka"}]}', 'type: expected one of cron, got "kafka"'],
    ['{"triggers": [{"type": "cron"}]}', 'triggers[0].name: expected letters'],
    ['{"triggers": [{"name": "a b", "type": "cron"}]}', 'triggers[0].name: expected letters'],
  ])('refuses %j', (text, expected) => {
    expect(refusal({}, text)).toContain(expected);
  });
});
