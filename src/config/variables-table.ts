import type { ConfigSchema } from './config-schema.js';
import { type ConfigClass, type VariableDescription, variablesOf } from './variable.decorator.js';

/** A Markdown table of all variables: name, default, meaning. For the README, where a test keeps it current. */
export function variablesTable({ sections, triggerKinds }: ConfigSchema): string {
  const kinds = triggerKinds.map(({ configClass }) => configClass);
  const rows = [
    ...sections.flatMap((section) => rowsOf(section, '**required**')),
    ...kinds.flatMap((kind) => rowsOf(kind, '')),
  ];
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...new Set(rows)].join('\n');
}

/** `required` stands for what has no default: a kind of trigger that is not configured needs nothing. */
function rowsOf(configClass: ConfigClass, required: string): string[] {
  const defaults = new configClass() as Record<string, unknown>;
  return variablesOf(configClass).map(
    (description) =>
      `| \`${description.variable}\` | ${description.required ? required : defaultText(defaults[description.property])} | ${meaning(description)} |`,
  );
}

function defaultText(value: unknown): string {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  return `\`${Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function meaning({ description, choices }: VariableDescription): string {
  const text = choices ? `${description}: ${choices.map((choice) => `\`${choice}\``).join(', ')}` : description;
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
