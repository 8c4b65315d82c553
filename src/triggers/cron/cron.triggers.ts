import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { HostConfig } from '../../config/host-config.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { InvocationService } from '../../invocation/invocation.service.js';
import { ResultPublisher } from '../result.publisher.js';
import { CronTriggerConfig } from './cron.config.js';
import { CronTrigger } from './cron.trigger.js';
import { LocalTicks } from './local-ticks.js';
import { Schedule } from './schedule.js';
import type { TickSource } from './tick-source.js';

/** The schedules of this host: from the first tick that may fire to the last. */
@Injectable()
export class CronTriggers implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly all: readonly CronTrigger[];

  constructor(
    config: HostConfig,
    invocations: InvocationService,
    results: ResultPublisher,
    private readonly registry: SchedulerRegistry,
  ) {
    const { applicationName } = config.get(InvocationConfig);
    this.all = config
      .triggersOf(CronTriggerConfig)
      .map((trigger) => new CronTrigger(trigger, this.ticksOf(trigger), { applicationName, invocations, results }));
  }

  onModuleInit(): void {
    for (const trigger of this.all) trigger.open();
  }

  onApplicationBootstrap(): void {
    for (const trigger of this.all) trigger.start();
  }

  beforeApplicationShutdown(): void {
    for (const trigger of this.all) trigger.stop();
  }

  /** Each process runs its schedules for itself. */
  private ticksOf({ name, schedule, timeZone, startingDeadlineMs }: CronTriggerConfig): TickSource {
    return new LocalTicks(name, new Schedule(schedule, timeZone), startingDeadlineMs, this.registry);
  }
}
