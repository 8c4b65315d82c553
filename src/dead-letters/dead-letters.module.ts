import { Module } from '@nestjs/common';
import { NatsModule } from '../nats/nats.module.js';
import { DeadLetterWriter } from './dead-letter.writer.js';

@Module({ imports: [NatsModule], providers: [DeadLetterWriter], exports: [DeadLetterWriter] })
export class DeadLettersModule {}
