import { Injectable } from '@nestjs/common';
import { DeadLetterWriter } from '../dead-letters/dead-letter.writer.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import { InvocationService } from '../invocation/invocation.service.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { NatsClient } from '../nats/nats.client.js';
import { DeliveryRecords } from './delivery-records.js';
import { Isolation } from './isolation.js';
import { ProgressTicker } from './progress-ticker.js';

/** What a durable consumer needs of the host. */
@Injectable()
export class DurableHost {
  constructor(
    readonly nats: NatsClient,
    readonly jetStream: JetStreamClient,
    readonly invocations: InvocationService,
    readonly application: InvocationConfig,
    readonly letters: DeadLetterWriter,
    readonly isolation: Isolation,
    readonly progress: ProgressTicker,
    readonly records: DeliveryRecords,
  ) {}
}
