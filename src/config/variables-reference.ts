import type { ConfigSchema } from './config-schema.js';
import { type ConfigClass, type VariableDescription, variablesOf } from './variable.decorator.js';

const END = '<!-- /variables -->';
const PLACE = new RegExp(`(<!-- variables of (\\w+) -->)[^]*?${END}`, 'g');

/**
 * A Markdown page with the table of each config class in its place, between `<!-- variables of AdminConfig -->` and
 * `<!-- /variables -->`. Throws where a class has no place, or a place no class.
 */
export function withVariables(page: string, { sections, triggerKinds }: ConfigSchema): string {
  const tables = new Map<string, string>([
    ...sections.map((section) => [section.name, sectionTable(section)] as const),
    ...triggerKinds.map(({ configClass }) => [configClass.name, triggerTable(configClass)] as const),
  ]);
  const written = page.replaceAll(PLACE, (_place, begin: string, name: string) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`${begin}: there is no such class, or it stands twice`);
    tables.delete(name);
    return `${begin}\n\n${table}\n\n${END}`;
  });
  if (tables.size > 0) throw new Error(`no place for the variables of ${[...tables.keys()].join(', ')}`);
  return written;
}

function sectionTable(section: ConfigClass): string {
  const rows = rowsOf(section).map(({ variable, fallback, takes, meaning }) => [variable, fallback, takes, meaning]);
  return table(['variable', 'default', 'takes', 'meaning'], rows);
}

/** With the key of the triggers file. */
function triggerTable(kind: ConfigClass): string {
  const rows = rowsOf(kind).map(({ variable, key, fallback, takes, meaning }) => [
    variable,
    key,
    // A kind of trigger that is not configured needs nothing.
    fallback === REQUIRED ? '' : fallback,
    takes,
    meaning,
  ]);
  return table(['variable', 'key', 'default', 'takes', 'meaning'], rows);
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [names, names.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const REQUIRED = '**required**';

function rowsOf(configClass: ConfigClass) {
  const defaults = new configClass() as Record<string, unknown>;
  return variablesOf(configClass).map((description) => ({
    variable: `\`${description.variable}\``,
    key: `\`${description.property}\``,
    fallback: description.required ? REQUIRED : textOf(defaults[description.property]),
    takes: takesOf(description),
    meaning: escaped(description.description),
  }));
}

function textOf(value: unknown): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  return `\`${Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function takesOf(description: VariableDescription): string {
  const takes = valuesOf(description);
  return description.secret ? `${takes}; secret` : takes;
}

function valuesOf({ kind, choices, min, max, unit }: VariableDescription): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(', ');
  switch (kind) {
    case 'text':
      return 'text';
    case 'flag':
      return '`true`, `false`';
    case 'whole':
      return `${min} to ${max}${unit ? ` ${unit}` : ''}`;
    case 'list':
      return 'texts, separated by commas';
    case 'wholes':
      return `numbers from ${min} to ${max}, separated by commas`;
    case 'json':
      return 'JSON';
  }
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
