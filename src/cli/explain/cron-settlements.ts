import type { HostConfig } from '../../config/host-config.js';
import { DEFAULT_BACKOFF_MS } from '../../durable/back-off.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { isNatsConfigured, NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { deadLetterSubject, TICKS_STREAM } from '../../nats/own-streams.js';
import { type CronTriggerConfig, isShared } from '../../triggers/cron/cron.config.js';
import { duration } from './duration.js';
import { againText, CRASHED_DURABLY, type Settlements } from './settlements.js';

/** Whether the ticks of a schedule are agreed on over replicas, in this configuration. */
export function isSharedIn(trigger: CronTriggerConfig, config: HostConfig): boolean {
  return isShared(trigger, isNatsConfigured(config.get(NatsConnectionConfig)));
}

/** The schedule's column of the settle table. */
export function cronSettlements(trigger: CronTriggerConfig, config: HostConfig): Settlements {
  const shared = isSharedIn(trigger, config);
  const { applicationName } = config.get(InvocationConfig);
  const letter = `dead letter ${deadLetterSubject(applicationName, trigger.name)}.${TICKS_STREAM}.<sequence>`;
  const again = againText(trigger.maxAttempts, DEFAULT_BACKOFF_MS, 'attempts');
  const waits = `waits up to ${duration(trigger.startingDeadlineMs)} after its instant to begin, then counted as missed`;
  const output = trigger.resultSubject === undefined ? 'output discarded' : 'output published';
  return {
    succeeded: `${output}; logged and counted`,
    rejected: shared ? `${output}, counted as failed, ${letter}` : `${output}, counted as failed`,
    failed: `${again}; then ${shared ? letter : 'logged and counted as failed'}`,
    'timed-out': 'as failed',
    crashed: shared ? CRASHED_DURABLY : 'as failed',
    unavailable: waits,
    overloaded: waits,
  };
}
