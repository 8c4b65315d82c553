import type { HostConfig } from '../../config/host-config.js';
import { DEFAULT_BACKOFF_MS } from '../../durable/back-off.js';
import { DELIVERY_DEFAULTS, type DeliveryPolicy } from '../../durable/delivery-policy.js';
import { InvocationConfig, maxInFlightOf } from '../../invocation/invocation.config.js';
import { SubRuntimeConfig } from '../../invocation/sub-runtime/sub-runtime.config.js';
import { queueGroup } from '../../nats/nats-name.js';
import { CronTriggerConfig } from '../../triggers/cron/cron.config.js';
import { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import { isDurable, NatsTriggerConfig } from '../../triggers/nats/nats.config.js';
import { cronSettlements, isSharedIn } from './cron-settlements.js';
import { duration } from './duration.js';
import { coreSettlements, durableSettlements, httpSettlements, longestText, queuedSettlements } from './settlements.js';

/** One way to the function, in words. */
export interface ExplainedTrigger {
  readonly title: string;
  /** What holds beside the outcomes, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** What becomes of each outcome. */
  readonly settlements: Readonly<Record<string, string>>;
}

/** Invocations at once over all triggers. */
export function inFlightOf(config: HostConfig): number {
  return maxInFlightOf(config.get(InvocationConfig), config.get(SubRuntimeConfig).workers);
}

export function explainedTriggers(config: HostConfig): ExplainedTrigger[] {
  return [...httpTriggers(config), ...cronTriggers(config), ...natsTriggers(config)];
}

function httpTriggers(config: HostConfig): ExplainedTrigger[] {
  const invocation = config.get(InvocationConfig);
  const { startTimeoutMs } = config.get(SubRuntimeConfig);
  return config
    .triggersOf(HttpTriggerConfig)
    .filter(({ enabled }) => enabled)
    .flatMap((trigger) => {
      const atOnce = trigger.maxInFlight ?? inFlightOf(config);
      const http = {
        title: `${trigger.name}: HTTP on port ${trigger.port}`,
        settings: { 'at once': `${atOnce} invocations` },
        settlements: httpSettlements(invocation, startTimeoutMs),
      };
      if (!trigger.async) return [http];
      const queued = {
        title: `${trigger.name}: HTTP with Prefer: respond-async, stored and answered 202 before it runs`,
        settings: {
          'at once': `${Math.ceil(atOnce / 2)} of those ${atOnce}`,
          ...deliveries(DELIVERY_DEFAULTS, config),
          ...resultOf(trigger),
        },
        settlements: queuedSettlements(invocation, trigger),
      };
      return [http, queued];
    });
}

function cronTriggers(config: HostConfig): ExplainedTrigger[] {
  return config.triggersOf(CronTriggerConfig).map((trigger) => {
    const shared = isSharedIn(trigger, config);
    return {
      title: `${trigger.name}: schedule ${trigger.schedule} ${trigger.timeZone}`,
      settings: {
        replicas: shared
          ? 'each tick is run by one of them; a run whose host died is given to another, up to twice beside the attempts'
          : 'each process runs every tick for itself',
        'at once': concurrencyOf(trigger, shared, config),
        longest: longestIn(config, { maxDeliver: trigger.maxAttempts, backoffMs: DEFAULT_BACKOFF_MS }),
        ...resultOf(trigger),
      },
      settlements: cronSettlements(trigger, config),
    };
  });
}

function concurrencyOf({ concurrencyPolicy, maxInFlight }: CronTriggerConfig, shared: boolean, config: HostConfig) {
  if (concurrencyPolicy === 'Forbid') {
    const where = shared ? 'over all replicas' : 'in this process';
    return `1 run ${where}, its attempts and their pauses included; a tick that comes meanwhile is skipped and counted`;
  }
  return `${maxInFlight ?? half(config)} invocations in this process; ticks run beside each other`;
}

function natsTriggers(config: HostConfig): ExplainedTrigger[] {
  return config.triggersOf(NatsTriggerConfig).map((trigger) => natsTrigger(trigger, config));
}

function natsTrigger(trigger: NatsTriggerConfig, config: HostConfig): ExplainedTrigger {
  const invocation = config.get(InvocationConfig);
  const subjects = trigger.subject?.join(', ') ?? 'all its subjects';
  const atOnce = `${trigger.maxInFlight ?? half(config)} invocations in this process`;
  if (!isDurable(trigger)) {
    const queue = queueGroup(trigger.queue, invocation.applicationName);
    const title = `${trigger.name}: NATS ${subjects}`;
    const replicas = queue === '' ? 'each of them gets every message' : `one of queue group ${queue} gets each message`;
    return {
      title,
      settings: { replicas, 'at once': atOnce, ...resultOf(trigger) },
      settlements: coreSettlements(invocation),
    };
  }
  return {
    title: `${trigger.name}: stream ${trigger.stream}, ${subjects}`,
    settings: {
      'at once': `${atOnce}; ${trigger.maxAckPending} unsettled messages over all replicas`,
      ...deliveries(trigger, config),
      ...resultOf(trigger),
    },
    settlements: durableSettlements(invocation, trigger),
  };
}

function resultOf({ resultSubject }: { readonly resultSubject?: string | undefined }): { result?: string } {
  if (resultSubject === undefined) return {};
  return {
    result: `published to ${resultSubject} with the header Status, whatever the outcome, once it is not tried again`,
  };
}

function half(config: HostConfig): number {
  return Math.ceil(inFlightOf(config) / 2);
}

function longestIn(config: HostConfig, policy: DeliveryPolicy): string {
  return longestText(policy, config.get(InvocationConfig).timeoutMs);
}

function deliveries(policy: DeliveryPolicy & { readonly ackWaitMs: number }, config: HostConfig) {
  return {
    longest: longestIn(config, policy),
    'host died':
      `delivered again ${duration(policy.ackWaitMs)} (ack wait) after its last report, which comes while a message runs or waits; ` +
      `where it had begun, that costs one of its ${policy.maxDeliver} deliveries`,
  };
}
