import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ResultModule } from '../result.module.js';
import { CronTriggers } from './cron.triggers.js';

@Module({
  imports: [ScheduleModule.forRoot(), ResultModule],
  providers: [CronTriggers],
  exports: [CronTriggers],
})
export class CronTriggerModule {}
