import type { ConfigFindings } from '../../config/config-schema.js';
import { queueGroup } from '../../nats/nats-name.js';
import { overlaps } from '../../nats/nats-subject.js';

/** What of a trigger's settings is looked at. */
export interface NatsTriggerSettings {
  readonly name: string;
  readonly subject?: readonly string[] | undefined;
  readonly queue?: string | undefined;
  readonly stream?: string | undefined;
  readonly resultSubject?: string | undefined;
}

export interface NatsSurroundings {
  /** `TRIGGER_NATS_URL` is given. */
  readonly hasServer: boolean;
  readonly applicationName: string;
}

type Setting = 'subject' | 'stream' | 'queue' | 'resultSubject';

const VARIABLES: Record<Setting, string> = {
  subject: 'TRIGGER_NATS_SUBJECT',
  stream: 'TRIGGER_NATS_STREAM',
  queue: 'TRIGGER_NATS_QUEUE',
  resultSubject: 'TRIGGER_NATS_RESULT_SUBJECT',
};

/** How an issue names a setting; a trigger of the environment is called like its kind. */
function label({ name }: NatsTriggerSettings, setting: Setting): string {
  return name === 'nats' ? VARIABLES[setting] : `TRIGGERS_FILE (${name}).${setting}`;
}

/** What is wrong between the settings of NATS triggers, each valid by itself. */
export function checkNatsTriggers(
  triggers: readonly NatsTriggerSettings[],
  findings: ConfigFindings,
  surroundings: NatsSurroundings,
): void {
  for (const trigger of triggers) {
    checkServer(trigger, findings, surroundings);
    checkDurable(trigger, findings);
    checkLoop(trigger, findings);
  }
  checkSharedQueues(triggers, findings, surroundings);
}

function checkServer(trigger: NatsTriggerSettings, findings: ConfigFindings, { hasServer }: NatsSurroundings): void {
  if (hasServer) return;
  const setting = trigger.subject ? 'subject' : 'stream';
  findings.issue(label(trigger, setting), 'expected TRIGGER_NATS_URL beside it, but it is not set');
}

function checkDurable(trigger: NatsTriggerSettings, findings: ConfigFindings): void {
  if (trigger.stream !== undefined) {
    findings.issue(
      label(trigger, 'stream'),
      'durable triggers (JetStream) are not part of this version; remove it to get messages of core NATS',
    );
  }
  if (trigger.subject === undefined) findings.issue(label(trigger, 'subject'), 'expected subjects, but it is not set');
}

/** Each result would be a new message of the same trigger, for ever. */
function checkLoop(trigger: NatsTriggerSettings, findings: ConfigFindings): void {
  const { resultSubject } = trigger;
  if (resultSubject === undefined || !trigger.subject?.some((subject) => overlaps(subject, resultSubject))) return;
  findings.issue(
    label(trigger, 'resultSubject'),
    `expected a subject that the trigger does not listen to itself, got ${JSON.stringify(resultSubject)}`,
  );
}

/** The server gives a message to one member of a queue group, whichever of its subscriptions fits. */
function checkSharedQueues(
  triggers: readonly NatsTriggerSettings[],
  findings: ConfigFindings,
  { applicationName }: NatsSurroundings,
): void {
  for (const [index, trigger] of triggers.entries()) {
    const queue = queueGroup(trigger.queue, applicationName);
    const rival = triggers
      .slice(0, index)
      .find((other) => queueGroup(other.queue, applicationName) === queue && shareSubjects(trigger, other));
    if (queue === '' || !rival) continue;
    findings.issue(
      label(trigger, 'queue'),
      `expected another queue group than that of trigger ${rival.name}, ${JSON.stringify(queue)}: their subjects ` +
        'overlap, so that each message would reach only one of the two',
    );
  }
}

function shareSubjects(one: NatsTriggerSettings, other: NatsTriggerSettings): boolean {
  return (one.subject ?? []).some((subject) => other.subject?.some((another) => overlaps(subject, another)));
}
