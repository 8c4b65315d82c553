import { Module } from '@nestjs/common';
import { InvocationService } from './invocation.service.js';
import { SubRuntimePool } from './sub-runtime/sub-runtime.pool.js';

@Module({ providers: [SubRuntimePool, InvocationService], exports: [InvocationService, SubRuntimePool] })
export class InvocationModule {}
