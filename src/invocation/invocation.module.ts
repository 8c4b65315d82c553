import { type DynamicModule, Global, Module } from '@nestjs/common';
import { InvocationService } from './invocation.service.js';
import type { LaunchedSubRuntimes } from './sub-runtime/launched.js';
import { LAUNCHED_SUB_RUNTIMES, SubRuntimePool } from './sub-runtime/sub-runtime.pool.js';

/** The river that every trigger flows into; global, since there is one. */
@Global()
@Module({})
export class InvocationModule {
  static forRoot(launched: LaunchedSubRuntimes): DynamicModule {
    return {
      module: InvocationModule,
      providers: [SubRuntimePool, InvocationService, { provide: LAUNCHED_SUB_RUNTIMES, useValue: launched }],
      exports: [InvocationService, SubRuntimePool],
    };
  }
}
