import { Module } from '@nestjs/common';
import { DurableModule } from '../durable/durable.module.js';
import { NatsModule } from '../nats/nats.module.js';
import { InvocationQueue } from './invocation-queue.js';

/** Needs `InvocationModule` and `ConfigModule`, which are global. */
@Module({ imports: [NatsModule, DurableModule], providers: [InvocationQueue], exports: [InvocationQueue] })
export class QueueModule {}
