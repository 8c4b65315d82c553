import { Module } from '@nestjs/common';
import { HostLifecycle } from './host-lifecycle.js';

@Module({ providers: [HostLifecycle], exports: [HostLifecycle] })
export class LifecycleModule {}
