import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { anyEnvironment, anyTriggersFile, SECRET } from '../test/support/any-configuration.js';
import { FACTOR, runs } from '../test/support/property-runs.js';
import type { HostConfig } from './config/host-config.js';
import { knownVariables, loadConfig, type TriggersFile } from './config/load-config.js';
import { type ConfigClass, type VariableDescription, variablesOf } from './config/variable.decorator.js';
import { configSchema } from './config-schema.js';
import { HostError } from './errors.js';

const { sections, triggerKinds } = configSchema;
const KNOWN = new Set(knownVariables(configSchema));

function load(given: Record<string, string>, triggersFile: TriggersFile | undefined): HostConfig | HostError {
  try {
    return loadConfig(given, triggersFile, configSchema);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
}

/** Each line says which variable, or which key of the file, is wrong. */
function checkRefusal({ code, message }: HostError, given: Record<string, string>): void {
  expect(code).toBe('CONFIG_INVALID');
  const [first, ...lines] = message.split('\n');
  expect(first).toBe('The configuration is not valid:');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const name = /^ {2}(?:(TRIGGERS_FILE)(?: triggers\[\d+\])?(?: \(.*?\))?(?:\..+?)?|([^:]+)): ./su.exec(line);
    expect(name, line).not.toBeNull();
    const variable = name?.[1] ?? name?.[2] ?? '';
    expect(KNOWN.has(variable) || Object.hasOwn(given, variable), line).toBe(true);
  }
  expect(message).not.toContain(SECRET);
  // oxlint-disable-next-line no-control-regex
  expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
}

function checkConfig(config: HostConfig, given: Record<string, string>): void {
  for (const section of sections) {
    const values = config.get(section) as Record<string, unknown>;
    expect(Object.isFrozen(values)).toBe(true);
    checkValues(values, section);
    for (const description of variablesOf(section)) checkTaken(values[description.property], description, given);
  }
  for (const { configClass } of triggerKinds) {
    for (const trigger of config.triggersOf(configClass)) {
      checkValues({ ...trigger }, configClass);
      expect(Object.isFrozen(trigger)).toBe(true);
    }
  }
  for (const warning of config.warnings) expect(warning).not.toContain(SECRET);
}

function checkValues(values: Record<string, unknown>, configClass: ConfigClass): void {
  const defaults = new configClass() as Record<string, unknown>;
  for (const { property, kind, min, max, choices, required } of variablesOf(configClass)) {
    const value = values[property];
    if (value === undefined) {
      expect(required || defaults[property] !== undefined, property).toBe(false);
      continue;
    }
    if (choices) expect(choices).toContain(value);
    else if (kind === 'text') expect(typeof value).toBe('string');
    else if (kind === 'flag') expect(typeof value).toBe('boolean');
    else if (kind === 'list') for (const item of value as unknown[]) expect(item).toMatch(/./s);
    else if (kind !== 'json') {
      for (const item of [value].flat() as number[]) {
        expect(Number.isInteger(item) && item >= (min ?? -Infinity) && item <= (max ?? Infinity), property).toBe(true);
      }
    }
  }
}

/** What was given is what is there. */
function checkTaken(
  value: unknown,
  { variable, kind, emptyAllowed }: VariableDescription,
  given: Record<string, string>,
): void {
  const written = given[variable];
  if (written === undefined || (written === '' && !emptyAllowed) || /^(tcp|udp|sctp):\/\//.test(written)) return;
  if (kind === 'text') expect(value).toBe(written);
  if (kind === 'whole') expect(String(value)).toBe(String(Number(written)));
  if (kind === 'flag') expect(String(value)).toBe(written);
}

/** Longer than anything takes that is not out of bounds. */
const BOUND_MS = 5_000;

describe('section 1: any environment and any triggers file', () => {
  it('give a whole configuration, or a message that names what is wrong', { timeout: 60_000 * FACTOR }, () => {
    // The parser of YAML warns of what it does not know.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    fc.assert(
      fc.property(anyEnvironment(configSchema), anyTriggersFile(configSchema), (given, triggersFile) => {
        const began = performance.now();
        const result = load(given, triggersFile);
        expect(performance.now() - began).toBeLessThan(BOUND_MS);
        if (result instanceof HostError) checkRefusal(result, given);
        else checkConfig(result, given);
      }),
      runs(800),
    );
  });
});
