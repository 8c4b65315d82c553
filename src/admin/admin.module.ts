import { Global, Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { DeadLettersModule } from '../dead-letters/dead-letters.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { NatsModule } from '../nats/nats.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { AdminServer } from './admin.server.js';
import { HostFigures } from './metrics/host-figures.js';
import { Readiness } from './readiness.js';
import { TrafficMemory } from './traffic-memory.js';

/** Global not for its exports, but since Nest ends global modules last: the port tells of the drain to its end. */
@Global()
@Module({
  imports: [AuthModule, DeadLettersModule, LifecycleModule, NatsModule, TriggersModule],
  providers: [AdminServer, HostFigures, Readiness, TrafficMemory],
  exports: [AdminServer],
})
export class AdminModule {}
