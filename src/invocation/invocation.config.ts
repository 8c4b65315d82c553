import type { ConfigRule } from '../config/config-schema.js';
import { Milliseconds, Text, Whole } from '../config/variable.decorator.js';

/** Limits of invocations, and what the function is told about itself. */
export class InvocationConfig {
  @Text('SCW_HANDLER_NAME', { description: 'Exported function to call' })
  handlerName = 'handle';

  @Text('SCW_APPLICATION_NAME', {
    description: 'Name of the function; names queue groups, durables, ticks and letters',
  })
  applicationName = '';

  @Text('SCW_APPLICATION_VERSION', { description: 'Version of the function' })
  applicationVersion = '';

  @Whole('SCW_APPLICATION_MEMORY', { description: 'Memory that the function may use, in MB', min: 1, max: 1_048_576 })
  applicationMemory = 128;

  @Milliseconds('INVOCATION_TIMEOUT_MS', { description: 'Deadline of one invocation, waiting included' })
  timeoutMs = 300_000;

  @Whole('INVOCATION_MAX_IN_FLIGHT', {
    description: 'Invocations at once in this process; 80 for each worker by default',
    min: 1,
    max: 1_000_000,
  })
  maxInFlight?: number;

  @Whole('INVOCATION_MAX_QUEUE', { description: 'Waiting invocations of each trigger', min: 0, max: 10_000_000 })
  maxQueue = 1_000;

  @Whole('INVOCATION_MAX_RESPONSE_SIZE', {
    description: 'Largest response of the function',
    unit: 'bytes',
    min: 1,
    max: 536_870_888,
  })
  maxResponseSize = 67_108_864;
}

/** Invocations at once that one worker gets by default. */
const IN_FLIGHT_PER_WORKER = 80;

/** Invocations at once in this process, over all triggers. */
export function maxInFlightOf({ maxInFlight }: InvocationConfig, workers: number): number {
  return maxInFlight ?? IN_FLIGHT_PER_WORKER * workers;
}

const APPLICATION_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** The name becomes part of NATS subjects and names, where dots, spaces and wildcards have a meaning. */
export const applicationNameRule: ConfigRule = (config, findings) => {
  const { applicationName } = config.get(InvocationConfig);
  if (applicationName === '' || APPLICATION_NAME.test(applicationName)) return;
  findings.warning(
    `SCW_APPLICATION_NAME "${applicationName}" has characters other than letters, digits, - and _; ` +
      'they are replaced by - where it names something in NATS.',
  );
};
