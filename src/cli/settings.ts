import type { ConfigIssue } from '../config/config-schema.js';
import { type Environment, readVariables } from '../config/read-variables.js';
import type { ConfigClass } from '../config/variable.decorator.js';
import { CliError, EXIT_USAGE } from './cli-error.js';

/** A part of the host's settings. Throws where one of them is wrong. */
export function readSettings<T extends object>(configClass: ConfigClass<T>, environment: Environment): T {
  const { value, issues } = readVariables(configClass, environment);
  refuseFirst(issues);
  return value;
}

/** The same of a trigger; that the variable which makes it a trigger is missing does not matter. */
export function readTriggerSettings<T extends object>(configClass: ConfigClass<T>, environment: Environment): T {
  const { value, issues } = readVariables(configClass, environment);
  refuseFirst(issues.filter(({ name }) => (environment[name] ?? '') !== ''));
  return value;
}

/** An error is one line. */
export function refuseFirst([first]: readonly ConfigIssue[]): void {
  if (first) throw new CliError(`${first.name}: ${first.message}`, EXIT_USAGE);
}
