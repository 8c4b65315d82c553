import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { HttpTrigger } from './http.trigger.js';

@Module({ imports: [AuthModule], providers: [HttpTrigger], exports: [HttpTrigger] })
export class HttpTriggerModule {}
