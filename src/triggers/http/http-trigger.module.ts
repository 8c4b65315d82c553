import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { QueueModule } from '../../queue/queue.module.js';
import { ResultModule } from '../result.module.js';
import { HttpQueue } from './http.queue.js';
import { HttpTrigger } from './http.trigger.js';

@Module({
  imports: [AuthModule, QueueModule, ResultModule],
  providers: [HttpTrigger, HttpQueue],
  exports: [HttpTrigger],
})
export class HttpTriggerModule {}
