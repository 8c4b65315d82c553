import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { AuthModule } from '../auth/auth.module.js';
import { DeadLettersModule } from '../dead-letters/dead-letters.module.js';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { NatsModule } from '../nats/nats.module.js';
import { TriggersModule } from '../triggers/triggers.module.js';
import { AdminModule } from './admin.module.js';
import { AdminServer } from './admin.server.js';
import { HostFigures } from './metrics/host-figures.js';
import { Readiness } from './readiness.js';
import { TrafficMemory } from './traffic-memory.js';

const ended: string[] = [];

@Injectable()
class Source implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    ended.push('source');
  }
}

@Module({ providers: [Source] })
class SourceModule {}

@Module({})
class Nothing {}

it('section 10: ends after the sources, so that probes are answered to the end', async () => {
  const testing = Test.createTestingModule({ imports: [SourceModule, AdminModule] });
  for (const module of [AuthModule, DeadLettersModule, LifecycleModule, NatsModule, TriggersModule]) {
    testing.overrideModule(module).useModule(Nothing);
  }
  testing.overrideProvider(Readiness).useValue({});
  testing.overrideProvider(HostFigures).useValue({});
  testing.overrideProvider(TrafficMemory).useValue({});
  testing.overrideProvider(AdminServer).useValue({ onApplicationShutdown: () => ended.push('admin') });
  const application = await (await testing.compile()).init();
  await application.close();
  expect(ended).toEqual(['source', 'admin']);
});
