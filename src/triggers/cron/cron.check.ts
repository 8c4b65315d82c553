import type { ConfigFindings } from '../../config/config-schema.js';
import type { CronTriggerConfig } from './cron.config.js';

export interface CronSurroundings {
  /** `TRIGGER_NATS_URL` is given. */
  readonly hasServer: boolean;
  /** `INVOCATION_TIMEOUT_MS`. */
  readonly timeoutMs: number;
}

const VARIABLES = {
  shared: 'TRIGGER_CRON_SHARED',
  resultSubject: 'TRIGGER_CRON_RESULT_SUBJECT',
  startingDeadlineMs: 'TRIGGER_CRON_STARTING_DEADLINE_MS',
} as const;

/** How an issue names a setting; a trigger of the environment is called like its kind. */
function label({ name }: CronTriggerConfig, setting: keyof typeof VARIABLES): string {
  return name === 'cron' ? VARIABLES[setting] : `TRIGGERS_FILE (${name}).${setting}`;
}

/** What is wrong between the settings of cron triggers and those of others, each valid by itself. */
export function checkCronTriggers(
  triggers: readonly CronTriggerConfig[],
  findings: ConfigFindings,
  { hasServer, timeoutMs }: CronSurroundings,
): void {
  for (const trigger of triggers) {
    if (hasServer) warnOfReplicas(trigger, findings);
    else checkServer(trigger, findings);
    warnOfTimeout(trigger, findings, timeoutMs);
  }
}

function checkServer(trigger: CronTriggerConfig, findings: ConfigFindings): void {
  const expected = 'expected TRIGGER_NATS_URL beside it, but it is not set';
  if (trigger.shared === true) {
    findings.issue(label(trigger, 'shared'), `${expected}: replicas agree on ticks through NATS`);
  }
  if (trigger.resultSubject !== undefined) findings.issue(label(trigger, 'resultSubject'), expected);
}

/** Ticks over replicas are what is meant by default, and are not there yet. */
function warnOfReplicas(trigger: CronTriggerConfig, findings: ConfigFindings): void {
  if (trigger.shared === false) return;
  const setting = label(trigger, 'shared');
  findings.warning(
    `Schedule ${trigger.name}: each process runs the schedule for itself in this version; ` +
      `set ${setting}${setting.startsWith('TRIGGER_') ? '=' : ' to '}false to say that this is meant.`,
  );
}

/** The deadline of an invocation includes its waiting. */
function warnOfTimeout(trigger: CronTriggerConfig, findings: ConfigFindings, timeoutMs: number): void {
  if (trigger.startingDeadlineMs <= timeoutMs) return;
  findings.warning(
    `${label(trigger, 'startingDeadlineMs')} ${trigger.startingDeadlineMs} is beyond INVOCATION_TIMEOUT_MS ` +
      `${timeoutMs}, waiting included: a tick that waits longer for the function has timed out by then.`,
  );
}
