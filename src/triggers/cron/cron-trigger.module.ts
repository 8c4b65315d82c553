import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { DurableModule } from '../../durable/durable.module.js';
import { NatsModule } from '../../nats/nats.module.js';
import { ResultModule } from '../result.module.js';
import { CronTriggers } from './cron.triggers.js';

@Module({
  imports: [ScheduleModule.forRoot(), NatsModule, DurableModule, ResultModule],
  providers: [CronTriggers],
  exports: [CronTriggers],
})
export class CronTriggerModule {}
