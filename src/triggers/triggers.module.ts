import { Module } from '@nestjs/common';
import { CronTriggerModule } from './cron/cron-trigger.module.js';
import { CronTriggers } from './cron/cron.triggers.js';
import { HttpTriggerModule } from './http/http-trigger.module.js';
import { HttpTrigger } from './http/http.trigger.js';
import { NatsTriggerModule } from './nats/nats-trigger.module.js';
import { NatsTriggers } from './nats/nats.triggers.js';
import { TriggerList } from './trigger-list.js';

/** The kinds of trigger. A further kind is one more folder and one more line here. */
@Module({
  imports: [HttpTriggerModule, CronTriggerModule, NatsTriggerModule],
  providers: [
    {
      provide: TriggerList,
      useFactory: (http: HttpTrigger, cron: CronTriggers, nats: NatsTriggers) => ({
        all: [http, ...cron.all, ...nats.all],
      }),
      inject: [HttpTrigger, CronTriggers, NatsTriggers],
    },
  ],
  exports: [TriggerList, HttpTriggerModule, CronTriggerModule, NatsTriggerModule],
})
export class TriggersModule {}
