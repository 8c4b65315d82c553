import { registerDecorator } from 'class-validator';

/** Stands for a text that is no JSON, so that such a text is not taken for a JSON string. */
export class InvalidJson {
  constructor(readonly text: string) {}
}

/** The value of a JSON text, or `InvalidJson`. */
export function parseJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    // What is nested too deeply can be read, but not written again.
    JSON.stringify(value);
    return value;
  } catch {
    return new InvalidJson(text);
  }
}

export function IsValidJson(options: { message: string }): PropertyDecorator {
  return (prototype, property) =>
    registerDecorator({
      name: 'isValidJson',
      target: prototype.constructor,
      propertyName: String(property),
      options,
      validator: { validate: (value: unknown) => !(value instanceof InvalidJson) },
    });
}
