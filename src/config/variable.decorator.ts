import { IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Max, Min } from 'class-validator';
import { IsValidJson } from './invalid-json.js';

/** How the text of an environment variable becomes a value. */
export type VariableKind = 'text' | 'whole' | 'flag' | 'list' | 'wholes' | 'json';

export interface VariableDescription {
  /** Name of the environment variable. */
  readonly variable: string;
  /** Name of the property, which is also the key in the triggers file. */
  readonly property: string;
  readonly kind: VariableKind;
  /** What is expected, as the second half of an error message. */
  readonly expected: string;
  /** One line for the reference and the JSON Schema. */
  readonly description: string;
  /** The value is never shown. */
  readonly secret: boolean;
  /** An empty string is a value of its own; everywhere else it means "not set". */
  readonly emptyAllowed: boolean;
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** What a number counts, such as `bytes`. */
  readonly unit?: string;
}

export interface VariableOptions {
  description: string;
  expected?: string;
  secret?: boolean;
  emptyAllowed?: boolean;
  required?: boolean;
}

/** A class whose instances hold one module's variables: property initialisers are the defaults. */
export type ConfigClass<T extends object = object> = new () => T;

const descriptions = new WeakMap<object, VariableDescription[]>();

/** The variables of a config class, in the order of their declaration, those of its base classes first. */
export function variablesOf(configClass: ConfigClass): readonly VariableDescription[] {
  const chain: VariableDescription[][] = [];
  for (let prototype: object | null = configClass.prototype; prototype; prototype = Object.getPrototypeOf(prototype)) {
    chain.unshift(descriptions.get(prototype) ?? []);
  }
  return chain.flat();
}

function describe(prototype: object, description: VariableDescription): void {
  const list = descriptions.get(prototype) ?? [];
  list.push(description);
  descriptions.set(prototype, list);
}

function variable(
  name: string,
  kind: VariableKind,
  expected: string,
  options: VariableOptions & Pick<VariableDescription, 'choices' | 'min' | 'max' | 'unit'>,
  validators: readonly ((message: { message: string }) => PropertyDecorator)[],
): PropertyDecorator {
  const message = { message: options.expected ?? expected };
  return (prototype, property) => {
    describe(prototype, {
      variable: name,
      property: String(property),
      kind,
      expected: message.message,
      description: options.description,
      secret: options.secret ?? false,
      emptyAllowed: options.emptyAllowed ?? false,
      required: options.required ?? false,
      choices: options.choices,
      min: options.min,
      max: options.max,
      unit: options.unit,
    });
    for (const validator of validators) validator(message)(prototype, property);
    (options.required ? IsNotEmpty(message) : IsOptional())(prototype, property);
  };
}

/** A string. */
export function Text(name: string, options: VariableOptions): PropertyDecorator {
  return variable(name, 'text', 'a text', options, [IsString]);
}

/** One of a few words. */
export function OneOf(name: string, choices: readonly string[], options: VariableOptions): PropertyDecorator {
  return variable(name, 'text', `one of ${choices.join(', ')}`, { ...options, choices }, [
    (m) => IsIn([...choices], m),
  ]);
}

/** `true` or `false`. */
export function Flag(name: string, options: VariableOptions): PropertyDecorator {
  return variable(name, 'flag', 'true or false', options, [IsBoolean]);
}

/** A whole number within bounds; `unit` makes the message readable. */
export function Whole(
  name: string,
  options: VariableOptions & { min: number; max: number; unit?: string },
): PropertyDecorator {
  const unit = options.unit ? ` of ${options.unit}` : '';
  return variable(name, 'whole', `a whole number${unit} from ${options.min} to ${options.max}`, options, [
    IsInt,
    (m) => Min(options.min, m),
    (m) => Max(options.max, m),
  ]);
}

/** The longest delay that a timer of Node can hold: 2^31 - 1 milliseconds, nearly 25 days. */
export const MAX_TIMER_MS = 2_147_483_647;

/** A duration in whole milliseconds. */
export function Milliseconds(
  name: string,
  options: VariableOptions & { min?: number; max?: number },
): PropertyDecorator {
  return Whole(name, { min: 1, max: MAX_TIMER_MS, unit: 'milliseconds', ...options });
}

/** A TCP port, 0 for any free one. */
export function Port(name: string, options: VariableOptions): PropertyDecorator {
  return Whole(name, { min: 0, max: 65_535, ...options });
}

/** Texts separated by commas; a list in the triggers file. */
export function List(name: string, options: VariableOptions): PropertyDecorator {
  return variable(name, 'list', 'texts separated by commas', options, [
    IsArray,
    (m) => IsString({ ...m, each: true }),
    (m) => IsNotEmpty({ ...m, each: true }),
  ]);
}

/** Whole numbers separated by commas; a list in the triggers file. */
export function Wholes(name: string, options: VariableOptions & { min: number; max: number }): PropertyDecorator {
  const expected = `whole numbers from ${options.min} to ${options.max}, separated by commas`;
  return variable(name, 'wholes', expected, options, [
    IsArray,
    (m) => IsInt({ ...m, each: true }),
    (m) => Min(options.min, { ...m, each: true }),
    (m) => Max(options.max, { ...m, each: true }),
  ]);
}

/** JSON; any value in the triggers file. */
export function Json(name: string, options: VariableOptions): PropertyDecorator {
  return variable(name, 'json', 'valid JSON', options, [(m) => IsValidJson(m)]);
}
