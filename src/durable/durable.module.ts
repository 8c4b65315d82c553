import { Module } from '@nestjs/common';
import { DeadLettersModule } from '../dead-letters/dead-letters.module.js';
import { NatsModule } from '../nats/nats.module.js';
import { DeliveryRecords } from './delivery-records.js';
import { DurableConsumers } from './durable-consumers.js';
import { DurableHost } from './durable-host.js';
import { Isolation } from './isolation.js';
import { ProgressTicker } from './progress-ticker.js';

/** What every durable trigger stands on; needs `InvocationModule` and `ConfigModule`, which are global. */
@Module({
  imports: [NatsModule, DeadLettersModule],
  providers: [DurableConsumers, DurableHost, DeliveryRecords, Isolation, ProgressTicker],
  exports: [DurableConsumers, DurableHost],
})
export class DurableModule {}
