import { validateSync } from 'class-validator';
import type { ConfigIssue } from './config-schema.js';
import { parseJson } from './invalid-json.js';
import { isForeignVariable } from './foreign-variables.js';
import { type ConfigClass, type VariableDescription, variablesOf } from './variable.decorator.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An instance of a config class with the environment's values over its defaults, and all that is wrong with it. */
export function readVariables<T extends object>(
  configClass: ConfigClass<T>,
  environment: Environment,
): { value: T; issues: ConfigIssue[]; given: ReadonlySet<string> } {
  const value = new configClass();
  const given = new Set<string>();
  for (const description of variablesOf(configClass)) {
    const text = environment[description.variable];
    if (text === undefined || (text === '' && !description.emptyAllowed)) continue;
    if (isForeignVariable(description.variable, text)) continue;
    given.add(description.property);
    assign(value, description.property, parse(text, description));
  }
  const issues = check(value, configClass, (description) => ({
    name: description.variable,
    got: environment[description.variable],
  }));
  return { value, issues, given };
}

/** Validates an instance; `source` says how an issue names the setting and what was given for it. */
export function check(
  value: object,
  configClass: ConfigClass,
  source: (description: VariableDescription) => { name: string; got: unknown },
): ConfigIssue[] {
  const byProperty = new Map(variablesOf(configClass).map((description) => [description.property, description]));
  return validateSync(value, { forbidUnknownValues: false }).flatMap((error) => {
    const description = byProperty.get(error.property);
    if (!description) return [];
    const { name, got } = source(description);
    const messages = [...new Set(Object.values(error.constraints ?? {}))];
    return messages.map((expected) => ({ name, message: `expected ${expected}, ${describeGiven(got, description)}` }));
  });
}

function describeGiven(got: unknown, description: VariableDescription): string {
  if (got === undefined || got === '') return 'but it is not set';
  if (description.secret) return 'but its value is not that (not shown: it may be secret)';
  const text = typeof got === 'string' ? got : JSON.stringify(got);
  return `got ${JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)}`;
}

export function assign(target: object, property: string, value: unknown): void {
  (target as Record<string, unknown>)[property] = value;
}

/** The value of a text; a text of the wrong form stays a text, which the validation then refuses. */
function parse(text: string, { kind }: VariableDescription): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'whole':
      return parseWhole(text);
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return text.split(',').map((item) => item.trim());
    case 'wholes':
      return text.split(',').map((item) => parseWhole(item.trim()));
    case 'json':
      return parseJson(text);
  }
}

function parseWhole(text: string): number | string {
  return /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : text;
}
