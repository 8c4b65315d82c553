import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { JetStreamManager } from '@nats-io/jetstream';
import { HostConfig } from '../../config/host-config.js';
import { DurableConsumers } from '../../durable/durable-consumers.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { InvocationService } from '../../invocation/invocation.service.js';
import { ensureStream } from '../../nats/ensure-stream.js';
import { JetStreamClient } from '../../nats/jetstream.client.js';
import { isNatsConfigured, NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { type OwnStream, ticksStream } from '../../nats/own-streams.js';
import { ResultPublisher } from '../result.publisher.js';
import { CronTriggerConfig, isShared } from './cron.config.js';
import { CronTrigger } from './cron.trigger.js';
import { LocalTicks } from './local-ticks.js';
import { Schedule } from './schedule.js';
import { SharedCronTrigger, type SharedCronHost } from './shared-cron.trigger.js';
import { longestTickMs } from './shared-ticks.source.js';
import type { TickSource } from './tick-source.js';

const MODES = {
  shared: 'shared, each tick is run by one replica',
  local: 'local, each process runs it for itself',
} as const;

/** The schedules of this host: from the first tick that may fire to the last. */
@Injectable()
export class CronTriggers implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly all: readonly (CronTrigger | SharedCronTrigger)[];
  private readonly logger = new Logger('Cron');

  constructor(
    config: HostConfig,
    private readonly invocations: InvocationService,
    private readonly results: ResultPublisher,
    private readonly registry: SchedulerRegistry,
    private readonly application: InvocationConfig,
    private readonly jetStream: JetStreamClient,
    private readonly consumers: DurableConsumers,
  ) {
    const connection = config.get(NatsConnectionConfig);
    const triggers = config.triggersOf(CronTriggerConfig);
    const stream = sharedStream(triggers, application.timeoutMs);
    const ensure = (manager: JetStreamManager) => ensureStream(manager, stream, connection.replicas);
    this.all = triggers.map((trigger) =>
      isShared(trigger, isNatsConfigured(connection)) ? this.shared(trigger, ensure) : this.local(trigger),
    );
  }

  onModuleInit(): void {
    for (const trigger of this.all) trigger.open();
  }

  onApplicationBootstrap(): void {
    for (const trigger of this.all) {
      trigger.start();
      this.logger.log(`Schedule ${trigger.name}, ${trigger.source}: ${MODES[trigger.mode]}`);
    }
  }

  beforeApplicationShutdown(): void {
    for (const trigger of this.all) trigger.stop();
  }

  private local(trigger: CronTriggerConfig): CronTrigger {
    const { applicationName } = this.application;
    return new CronTrigger(trigger, this.ticksOf(trigger), {
      applicationName,
      invocations: this.invocations,
      results: this.results,
    });
  }

  private shared(trigger: CronTriggerConfig, ensure: SharedCronHost['ensureStream']): SharedCronTrigger {
    return new SharedCronTrigger(trigger, this.ticksOf(trigger), {
      application: this.application,
      results: this.results,
      jetStream: this.jetStream,
      consumers: this.consumers,
      ensureStream: ensure,
    });
  }

  private ticksOf({ name, schedule, timeZone, startingDeadlineMs }: CronTriggerConfig): TickSource {
    return new LocalTicks(name, new Schedule(schedule, timeZone), startingDeadlineMs, this.registry);
  }
}

/** The stream that is enough for all schedules of this host. */
function sharedStream(triggers: readonly CronTriggerConfig[], timeoutMs: number): OwnStream {
  const longest = (msOf: (trigger: CronTriggerConfig) => number) => Math.max(0, ...triggers.map(msOf));
  return ticksStream(
    longest(({ startingDeadlineMs }) => startingDeadlineMs),
    longest(({ maxAttempts }) => longestTickMs(maxAttempts, timeoutMs)),
  );
}
