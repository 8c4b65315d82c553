import { HostError } from '../errors.js';
import type { ConfigFindings, ConfigIssue, ConfigRule, ConfigSchema, TriggerKind } from './config-schema.js';
import { HostConfig, type Named } from './host-config.js';
import { isForeignVariable } from './foreign-variables.js';
import { nearestName } from './nearest-name.js';
import { type Environment, readVariables } from './read-variables.js';
import { readTriggersFile } from './triggers-file.js';
import { type ConfigClass, variablesOf } from './variable.decorator.js';

/** Prefixes that are ours alone: an unknown variable under them is a mistake. */
const OWN_PREFIXES = ['TRIGGER_', 'INVOCATION_', 'SUB_RUNTIME_'];

/** The text of the triggers file, or why there is none. */
export type TriggersFile = string | { readonly problem: string };

/**
 * The configuration of the host, from the environment and the text of the triggers file.
 *
 * Pure but for the files that its rules look at. Throws one `HostError` `CONFIG_INVALID` that lists every variable
 * and key that is wrong, with what was expected, and never a secret's value.
 */
export function loadConfig(
  environment: Environment,
  triggersFile: TriggersFile | undefined,
  schema: ConfigSchema,
): HostConfig {
  const issues: ConfigIssue[] = unknownVariables(environment, schema);
  const sections = new Map<ConfigClass, object>();
  for (const section of schema.sections) {
    const read = readVariables(section, environment);
    issues.push(...read.issues);
    sections.set(section, Object.freeze(read.value));
  }
  const triggers = collectTriggers(environment, triggersFile, schema.triggerKinds, issues);
  const warnings: string[] = [];
  const config = new HostConfig(sections, triggers, warnings);
  applyRules(config, schema, { issues, warnings });
  if (issues.length > 0) throw configError(issues);
  Object.freeze(warnings);
  return config;
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** One error for all issues, a line each: what was given may have line breaks and control characters, which are escaped. */
export function configError(issues: readonly ConfigIssue[]): HostError {
  const lines = issues.map(({ name, message }) => `  ${name}: ${message}`.replace(CONTROL, escapeCharacter));
  return new HostError('CONFIG_INVALID', `The configuration is not valid:\n${lines.join('\n')}`);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function applyRules(
  config: HostConfig,
  schema: ConfigSchema,
  found: { issues: ConfigIssue[]; warnings: string[] },
): void {
  const named = new Set(found.issues.map(({ name }) => name));
  const findings: ConfigFindings = {
    issue: (name, message) => {
      if (!named.has(name)) found.issues.push({ name, message });
    },
    warning: (message) => found.warnings.push(message),
  };
  for (const rule of schema.rules) applyRule(rule, config, findings, named.size > 0);
}

/** A rule may trip over a setting that is wrong by itself, and reported as such already. */
function applyRule(rule: ConfigRule, config: HostConfig, findings: ConfigFindings, hasIssues: boolean): void {
  try {
    rule(config, findings);
  } catch (error) {
    if (!hasIssues) throw error;
  }
}

/** All names that the host reads. */
export function knownVariables(schema: ConfigSchema): string[] {
  const classes = [...schema.sections, ...schema.triggerKinds.map(({ configClass }) => configClass)];
  return [...new Set(classes.flatMap((configClass) => variablesOf(configClass).map(({ variable }) => variable)))];
}

function unknownVariables(environment: Environment, schema: ConfigSchema): ConfigIssue[] {
  const known = knownVariables(schema);
  return Object.entries(environment)
    .filter(([name]) => OWN_PREFIXES.some((prefix) => name.startsWith(prefix)) && !known.includes(name))
    .filter(([name, value]) => !isForeignVariable(name, value ?? ''))
    .map(([name]) => {
      const nearest = nearestName(name, known);
      return { name, message: `unknown variable${nearest ? `; did you mean ${nearest}?` : ''}` };
    });
}

function collectTriggers(
  environment: Environment,
  triggersFile: TriggersFile | undefined,
  kinds: readonly TriggerKind[],
  issues: ConfigIssue[],
): Map<ConfigClass, readonly Named[]> {
  const baseOf = (kind: TriggerKind) =>
    kind.single ? readVariables(kind.configClass, environment).value : new kind.configClass();
  const file =
    typeof triggersFile === 'string' ? readTriggersFile(triggersFile, kinds, baseOf) : { triggers: [], issues: [] };
  if (typeof triggersFile === 'object') issues.push({ name: 'TRIGGERS_FILE', message: triggersFile.problem });
  issues.push(...file.issues);
  const triggers = new Map<ConfigClass, Named[]>();
  const labels = new Map<string, string>();
  for (const kind of kinds) {
    const inFile = file.triggers.filter((trigger) => trigger.kind === kind);
    const byEnvironment = environmentTrigger(kind, environment, inFile.length, issues);
    const all = [...byEnvironment, ...inFile.map(({ config }) => config)];
    if (kind.single && all.length > 1) {
      issues.push({ name: 'TRIGGERS_FILE', message: `expected one ${kind.type} trigger at most, got ${all.length}` });
    }
    triggers.set(
      kind.configClass,
      all.map((config) => Object.freeze(config)),
    );
    for (const config of byEnvironment) labels.set(config.name, `the variables TRIGGER_${kind.type.toUpperCase()}_*`);
  }
  for (const { config, label } of file.triggers) {
    const earlier = labels.get(config.name);
    if (earlier) issues.push({ name: `${label}.name`, message: `expected a unique name; ${earlier} made one already` });
    labels.set(config.name, label);
  }
  return triggers;
}

/** The trigger that the variables make. Of a single kind, the file's entry is laid over the variables instead. */
function environmentTrigger(
  kind: TriggerKind,
  environment: Environment,
  inFile: number,
  issues: ConfigIssue[],
): Named[] {
  const { value, issues: found, given } = readVariables(kind.configClass, environment);
  value.name = kind.type;
  const replaced = kind.single === true && inFile > 0;
  const configured = kind.isConfigured(value) && !replaced;
  if (configured || given.size > 0) issues.push(...found);
  return configured ? [value] : [];
}
