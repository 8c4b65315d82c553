import { parse as parseYaml } from 'yaml';
import { messageOf } from '../errors.js';
import type { ConfigIssue, TriggerKind } from './config-schema.js';
import type { Named } from './host-config.js';
import { nearestName } from './nearest-name.js';
import { assign, check } from './read-variables.js';
import { variablesOf } from './variable.decorator.js';

export interface FileTrigger {
  readonly kind: TriggerKind;
  readonly config: Named;
  /** How an error names it: `TRIGGERS_FILE triggers[0] (nightly)`. */
  readonly label: string;
}

/** Names of triggers: they become part of names and subjects in NATS. */
export const TRIGGER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/**
 * The triggers of a YAML or JSON file, validated by the same classes as the environment.
 *
 * @param baseOf What the settings of a trigger are laid over: by default the defaults of its kind.
 */
export function readTriggersFile(
  text: string,
  kinds: readonly TriggerKind[],
  baseOf: (kind: TriggerKind) => Named = (kind) => new kind.configClass(),
): { triggers: FileTrigger[]; issues: ConfigIssue[] } {
  const issues: ConfigIssue[] = [];
  const entries = entriesOf(text, issues);
  const triggers = entries.flatMap((entry, index) => readTrigger(entry, index, { kinds, baseOf, issues }));
  return { triggers, issues };
}

function entriesOf(text: string, issues: ConfigIssue[]): unknown[] {
  let document: unknown;
  try {
    document = parseYaml(text);
    // An anchor may stand for what it is in; nothing could be made of such a document.
    JSON.stringify(document);
  } catch (error) {
    issues.push({ name: 'TRIGGERS_FILE', message: `expected YAML or JSON: ${messageOf(error).split('\n')[0]}` });
    return [];
  }
  const triggers = isRecord(document) ? document['triggers'] : undefined;
  if (!Array.isArray(triggers) || Object.keys(document as object).length !== 1) {
    issues.push({ name: 'TRIGGERS_FILE', message: 'expected one key, "triggers", with a list of triggers' });
    return [];
  }
  return triggers;
}

interface ReadContext {
  readonly kinds: readonly TriggerKind[];
  readonly baseOf: (kind: TriggerKind) => Named;
  readonly issues: ConfigIssue[];
}

function readTrigger(entry: unknown, index: number, { kinds, baseOf, issues }: ReadContext): FileTrigger[] {
  const place = `TRIGGERS_FILE triggers[${index}]`;
  if (!isRecord(entry)) {
    issues.push({ name: place, message: 'expected an object with name, type and the settings of a trigger' });
    return [];
  }
  const { name, type, ...settings } = entry;
  const label = typeof name === 'string' ? `${place} (${name})` : place;
  if (typeof name !== 'string' || !TRIGGER_NAME.test(name)) {
    issues.push({ name: `${place}.name`, message: 'expected letters, digits, - and _, at most 63 characters' });
  }
  const kind = kinds.find((candidate) => candidate.type === type);
  if (!kind) {
    const known = kinds.map((candidate) => candidate.type);
    issues.push({ name: `${label}.type`, message: `expected one of ${known.join(', ')}, got ${JSON.stringify(type)}` });
    return [];
  }
  const config = baseOf(kind);
  config.name = String(name);
  const keys = variablesOf(kind.configClass).map((description) => description.property);
  for (const [key, value] of Object.entries(settings)) {
    if (!keys.includes(key)) issues.push(unknownKey(label, key, keys));
    else if (value !== null) assign(config, key, listOf(value, kind, key));
  }
  issues.push(
    ...check(config, kind.configClass, ({ property }) => ({ name: `${label}.${property}`, got: settings[property] })),
  );
  return [{ kind, config, label }];
}

/** A single text where a list belongs is a list, its items separated by commas as in the environment. */
function listOf(value: unknown, kind: TriggerKind, key: string): unknown {
  const description = variablesOf(kind.configClass).find(({ property }) => property === key);
  const isList = description?.kind === 'list' || description?.kind === 'wholes';
  if (!isList || Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : [value];
}

function unknownKey(label: string, key: string, keys: readonly string[]): ConfigIssue {
  const nearest = nearestName(key, keys);
  return { name: `${label}.${key}`, message: `unknown key${nearest ? `; did you mean ${nearest}?` : ''}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
