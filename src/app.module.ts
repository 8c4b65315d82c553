import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { ConfigModule } from './config/config.module.js';
import type { HostConfig } from './config/host-config.js';
import { configSchema } from './config-schema.js';
import { InvocationModule } from './invocation/invocation.module.js';
import type { LaunchedSubRuntimes } from './invocation/sub-runtime/launched.js';
import { HostLifecycle } from './lifecycle/host-lifecycle.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { TriggersModule } from './triggers/triggers.module.js';

/** The one place where modules are put together. Its hooks run before those of all others when the host ends. */
@Module({})
export class AppModule implements OnModuleDestroy, OnApplicationShutdown {
  static forRoot(config: HostConfig, launched: LaunchedSubRuntimes): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config, configSchema),
        TelemetryModule,
        InvocationModule.forRoot(launched),
        LifecycleModule,
        TriggersModule,
        AdminModule,
      ],
    };
  }

  constructor(private readonly lifecycle: HostLifecycle) {}

  async onModuleDestroy(): Promise<void> {
    await this.lifecycle.beginShutdown();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.lifecycle.endShutdown();
  }
}
