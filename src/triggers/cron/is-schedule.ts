import { registerDecorator } from 'class-validator';
import { scheduleProblem } from './schedule.js';
import { isTimeZone } from './zone-clock.js';

/** Every expression of the union parses and has a next date; the message says which does not, and why. */
export function IsSchedule(expected: string): PropertyDecorator {
  return (prototype, property) =>
    registerDecorator({
      name: 'isSchedule',
      target: prototype.constructor,
      propertyName: String(property),
      options: { message: ({ value }) => `${expected} (${scheduleProblem(value)})` },
      // What is no text, or empty, is reported by other checks.
      validator: {
        validate: (value: unknown) => typeof value !== 'string' || value === '' || !scheduleProblem(value),
      },
    });
}

/** A name of the IANA database. */
export function IsIanaTimeZone(expected: string): PropertyDecorator {
  return (prototype, property) =>
    registerDecorator({
      name: 'isIanaTimeZone',
      target: prototype.constructor,
      propertyName: String(property),
      options: { message: expected },
      validator: { validate: (value: unknown) => typeof value === 'string' && isTimeZone(value) },
    });
}
