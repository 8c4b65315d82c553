import type { ConfigFindings } from '../../config/config-schema.js';
import { queueGroup } from '../../nats/nats-name.js';
import { deadLetterSubject, durableName } from '../../nats/own-streams.js';
import { overlaps } from '../../nats/nats-subject.js';

/** What of a trigger's settings is looked at. */
export interface NatsTriggerSettings {
  readonly name: string;
  readonly subject?: readonly string[] | undefined;
  readonly queue?: string | undefined;
  readonly stream?: string | undefined;
  readonly resultSubject?: string | undefined;
  readonly durable?: string | undefined;
  readonly deadLetterSubject?: string | undefined;
  readonly ackWaitMs: number;
  readonly backoffMs: readonly number[];
}

export interface NatsSurroundings {
  /** `TRIGGER_NATS_URL` is given. */
  readonly hasServer: boolean;
  readonly applicationName: string;
}

/** How a message names a setting, such as `ackWaitMs`; a trigger of the environment is called like its kind. */
export function labelOf({ name }: { readonly name: string }, setting: string): string {
  if (name !== 'nats') return `TRIGGERS_FILE (${name}).${setting}`;
  return `TRIGGER_NATS_${setting.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()}`;
}

/** What is wrong between the settings of NATS triggers, each valid by itself. */
export function checkNatsTriggers(
  triggers: readonly NatsTriggerSettings[],
  findings: ConfigFindings,
  surroundings: NatsSurroundings,
): void {
  for (const trigger of triggers) {
    checkServer(trigger, findings, surroundings);
    if (trigger.stream === undefined) checkSubject(trigger, findings);
    else checkTimes(trigger, findings);
    checkLoops(trigger, findings, surroundings);
  }
  checkSharedQueues(
    triggers.filter(({ stream }) => stream === undefined),
    findings,
    surroundings,
  );
  checkSharedConsumers(triggers, findings, surroundings);
}

function checkServer(trigger: NatsTriggerSettings, findings: ConfigFindings, { hasServer }: NatsSurroundings): void {
  if (hasServer) return;
  const setting = trigger.subject ? 'subject' : 'stream';
  findings.issue(labelOf(trigger, setting), 'expected TRIGGER_NATS_URL beside it, but it is not set');
}

/** A stream has subjects of its own; without one they have to be said. */
function checkSubject(trigger: NatsTriggerSettings, findings: ConfigFindings): void {
  if (trigger.subject === undefined)
    findings.issue(labelOf(trigger, 'subject'), 'expected subjects, but it is not set');
}

/** Each result, or each dead letter, would be a new message of the same trigger, for ever. */
function checkLoops(
  trigger: NatsTriggerSettings,
  findings: ConfigFindings,
  { applicationName }: NatsSurroundings,
): void {
  const { name, stream, resultSubject } = trigger;
  if (resultSubject !== undefined) checkLoop(trigger, 'resultSubject', resultSubject, findings);
  if (stream === undefined) return;
  const letters = trigger.deadLetterSubject ?? deadLetterSubject(applicationName, name);
  checkLoop(trigger, 'deadLetterSubject', `${letters}.>`, findings);
}

function checkLoop(trigger: NatsTriggerSettings, setting: string, written: string, findings: ConfigFindings): void {
  if (!trigger.subject?.some((subject) => overlaps(subject, written))) return;
  findings.issue(
    labelOf(trigger, setting),
    `expected a subject that the trigger does not listen to itself, got ${JSON.stringify(written)}`,
  );
}

/** A restart of the server begins the time of an unsettled message anew: it may come before its back-off is over. */
function checkTimes(trigger: NatsTriggerSettings, findings: ConfigFindings): void {
  const longestMs = Math.max(...trigger.backoffMs);
  if (longestMs <= trigger.ackWaitMs) return;
  findings.warning(
    `${labelOf(trigger, 'backoffMs')} ${longestMs} is beyond ${labelOf(trigger, 'ackWaitMs')} ${trigger.ackWaitMs}: ` +
      'after a restart of the NATS server a message may come again before its back-off is over.',
  );
}

/** Two triggers on one consumer would take each other's messages. */
function checkSharedConsumers(
  triggers: readonly NatsTriggerSettings[],
  findings: ConfigFindings,
  { applicationName }: NatsSurroundings,
): void {
  const taken = new Map<string, string>();
  for (const trigger of triggers) {
    const { name, stream, durable = durableName(applicationName, name) } = trigger;
    if (stream === undefined) continue;
    const rival = taken.get(`${stream} ${durable}`);
    if (rival === undefined) {
      taken.set(`${stream} ${durable}`, name);
      continue;
    }
    findings.issue(
      labelOf(trigger, 'durable'),
      `expected another consumer than that of trigger ${rival}, ${JSON.stringify(durable)}: each message would reach only one of the two`,
    );
  }
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
      labelOf(trigger, 'queue'),
      `expected another queue group than that of trigger ${rival.name}, ${JSON.stringify(queue)}: their subjects ` +
        'overlap, so that each message would reach only one of the two',
    );
  }
}

function shareSubjects(one: NatsTriggerSettings, other: NatsTriggerSettings): boolean {
  return (one.subject ?? []).some((subject) => other.subject?.some((another) => overlaps(subject, another)));
}
