import type { TriggerKind } from './config-schema.js';
import { TRIGGER_NAME } from './triggers-file.js';
import { type VariableDescription, variablesOf } from './variable.decorator.js';

type Schema = Record<string, unknown>;

/**
 * JSON Schema (draft 2020-12) of the triggers file, from the classes that validate it. What only code can check, such as
 * whether a schedule has a next date, is left to the host.
 */
export function triggersSchema(kinds: readonly TriggerKind[]): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Triggers of a Tributary host',
    type: 'object',
    required: ['triggers'],
    additionalProperties: false,
    properties: {
      triggers: { type: 'array', items: { oneOf: kinds.map(({ type }) => ({ $ref: `#/$defs/${type}` })) } },
    },
    $defs: Object.fromEntries(kinds.map((kind) => [kind.type, triggerSchema(kind)])),
  };
}

function triggerSchema({ type, configClass }: TriggerKind): Schema {
  const defaults = new configClass() as unknown as Record<string, unknown>;
  const settings = variablesOf(configClass).map((description) => [
    description.property,
    propertySchema(description, defaults[description.property]),
  ]);
  return {
    type: 'object',
    required: ['name', 'type'],
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: TRIGGER_NAME.source, description: 'Unique name of the trigger' },
      type: { const: type },
      ...(Object.fromEntries(settings) as Schema),
    },
  };
}

function propertySchema(description: VariableDescription, fallback: unknown): Schema {
  const schema: Schema = { description: description.description, ...valueSchema(description) };
  return fallback === undefined ? schema : { ...schema, default: fallback };
}

function valueSchema(description: VariableDescription): Schema {
  const bounds = { minimum: description.min, maximum: description.max };
  switch (description.kind) {
    case 'text':
      return description.choices ? { enum: [...description.choices] } : { type: 'string' };
    case 'whole':
      return { type: 'integer', ...bounds };
    case 'flag':
      return { type: 'boolean' };
    case 'list':
      return { type: ['array', 'string'], items: { type: 'string', minLength: 1 } };
    case 'wholes':
      return { type: ['array', 'integer', 'string'], items: { type: 'integer', ...bounds } };
    case 'json':
      return {};
  }
}
