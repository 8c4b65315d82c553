import { Logger } from '@nestjs/common';
import type { DurableConsumer } from '../../durable/durable-consumer.js';
import type { DurableConsumers } from '../../durable/durable-consumers.js';
import type { Figure } from '../../figures/figure.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import { type FireReport, fireEvent } from '../fire-report.js';
import { refused } from '../given-event.js';
import type { ResultPublisher } from '../result.publisher.js';
import type { Trigger, TriggerState } from '../trigger.js';
import type { NatsTriggerConfig } from './nats.config.js';
import { NatsDurableSource } from './nats.durable-source.js';

export interface DurableTriggerServices {
  readonly consumers: DurableConsumers;
  readonly application: InvocationConfig;
  readonly results: ResultPublisher;
}

/** JetStream: a durable consumer that all replicas share; its outcomes are acknowledged, tried again, or dead-lettered. */
export class NatsDurableTrigger implements Trigger {
  readonly type = 'nats';
  private readonly messages: NatsDurableSource;
  private consumer: DurableConsumer | undefined;

  constructor(
    private readonly config: NatsTriggerConfig & { readonly stream: string },
    private readonly services: DurableTriggerServices,
  ) {
    const logger = new Logger(`Trigger ${config.name}`);
    this.messages = new NatsDurableSource(config, services.application, services.results, logger);
  }

  get name(): string {
    return this.config.name;
  }

  get source(): string {
    const { stream, filterSubjects, durable } = this.messages.consumer;
    const subjects = filterSubjects.length > 0 ? `${filterSubjects.join(', ')} of ` : '';
    return `${subjects}stream ${stream} (consumer ${durable})`;
  }

  get state(): TriggerState {
    const problem = this.consumer ? this.consumer.problem : 'the host is starting';
    return problem === undefined ? { active: true } : { active: false, reason: problem };
  }

  figures(): Figure[] {
    return this.consumer?.figures() ?? [];
  }

  async fire(given: unknown): Promise<FireReport> {
    const { consumer } = this;
    if (!consumer) throw refused('the host is starting');
    const event = this.messages.readGiven(given);
    return fireEvent(event, () => consumer.run(event));
  }

  /** To be called while the application is initialised; starting and stopping is the consumers' own. */
  open(): void {
    this.consumer = this.services.consumers.open(this.messages);
  }
}
