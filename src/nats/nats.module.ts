import { Module } from '@nestjs/common';
import { JetStreamClient } from './jetstream.client.js';
import { NatsClient } from './nats.client.js';

@Module({ providers: [NatsClient, JetStreamClient], exports: [NatsClient, JetStreamClient] })
export class NatsModule {}
