import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { HostConfig } from '../../config/host-config.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { InvocationService } from '../../invocation/invocation.service.js';
import { NatsClient } from '../../nats/nats.client.js';
import { ResultPublisher } from '../result.publisher.js';
import { NatsTriggerConfig } from './nats.config.js';
import { NatsTrigger } from './nats.trigger.js';

/** All NATS triggers of this host: starts and stops them with the application. */
@Injectable()
export class NatsTriggers implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly all: readonly NatsTrigger[];

  constructor(
    config: HostConfig,
    client: NatsClient,
    invocations: InvocationService,
    results: ResultPublisher,
    application: InvocationConfig,
  ) {
    const services = { client, invocations, results, application };
    this.all = config.triggersOf(NatsTriggerConfig).map((trigger) => new NatsTrigger(trigger, services));
  }

  onModuleInit(): void {
    for (const trigger of this.all) trigger.openLane();
  }

  onApplicationBootstrap(): void {
    for (const trigger of this.all) trigger.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map((trigger) => trigger.stop()));
  }
}
