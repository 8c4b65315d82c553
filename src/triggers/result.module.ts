import { Module } from '@nestjs/common';
import { NatsModule } from '../nats/nats.module.js';
import { ResultPublisher } from './result.publisher.js';

@Module({ imports: [NatsModule], providers: [ResultPublisher], exports: [ResultPublisher] })
export class ResultModule {}
