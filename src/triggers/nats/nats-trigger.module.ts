import { Module } from '@nestjs/common';
import { NatsModule } from '../../nats/nats.module.js';
import { DurableModule } from '../../durable/durable.module.js';
import { ResultModule } from '../result.module.js';
import { NatsTriggers } from './nats.triggers.js';

/** Needs `InvocationModule` and `ConfigModule`, which are global. */
@Module({ imports: [NatsModule, DurableModule, ResultModule], providers: [NatsTriggers], exports: [NatsTriggers] })
export class NatsTriggerModule {}
