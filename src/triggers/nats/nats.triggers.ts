import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { HostConfig } from '../../config/host-config.js';
import { DurableConsumers } from '../../durable/durable-consumers.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { InvocationService } from '../../invocation/invocation.service.js';
import { NatsClient } from '../../nats/nats.client.js';
import { ResultPublisher } from '../result.publisher.js';
import type { Trigger } from '../trigger.js';
import { isDurable, NatsTriggerConfig } from './nats.config.js';
import { NatsDurableTrigger } from './nats.durable-trigger.js';
import { NatsTrigger } from './nats.trigger.js';

/** All NATS triggers of this host: starts and stops them with the application. */
@Injectable()
export class NatsTriggers implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly core: readonly NatsTrigger[];
  readonly durable: readonly NatsDurableTrigger[];

  constructor(
    config: HostConfig,
    client: NatsClient,
    invocations: InvocationService,
    results: ResultPublisher,
    application: InvocationConfig,
    consumers: DurableConsumers,
  ) {
    const triggers = config.triggersOf(NatsTriggerConfig);
    const services = { client, invocations, results, application };
    this.core = triggers.filter((trigger) => !isDurable(trigger)).map((trigger) => new NatsTrigger(trigger, services));
    this.durable = triggers
      .filter(isDurable)
      .map((trigger) => new NatsDurableTrigger(trigger, { consumers, application, results }));
  }

  get all(): readonly Trigger[] {
    return [...this.core, ...this.durable];
  }

  onModuleInit(): void {
    for (const trigger of this.core) trigger.openLane();
    for (const trigger of this.durable) trigger.open();
  }

  onApplicationBootstrap(): void {
    for (const trigger of this.core) trigger.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.core.map((trigger) => trigger.stop()));
  }
}
