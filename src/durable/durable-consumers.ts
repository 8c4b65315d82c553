import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { LetterReplayers } from '../dead-letters/letter-replayers.js';
import { DurableConsumer } from './durable-consumer.js';
import { DurableHost } from './durable-host.js';
import { DurableReplayer } from './durable-replayer.js';
import type { DurableSource } from './durable-source.js';

/** Time for what is still to be settled once all invocations have ended: a letter, a result. */
const SETTLE_MS = 1_000;

/** All durable consumers of this host: starts and ends them with the application. */
@Injectable()
export class DurableConsumers implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly all: DurableConsumer[] = [];

  constructor(
    private readonly host: DurableHost,
    private readonly replayers: LetterReplayers,
  ) {}

  /** To be called by a trigger while the application is initialised. */
  open(source: DurableSource): DurableConsumer {
    const consumer = new DurableConsumer(source, this.host);
    const lane = consumer.openLane();
    this.replayers.register(new DurableReplayer(source, lane, this.host));
    this.all.push(consumer);
    return consumer;
  }

  onApplicationBootstrap(): void {
    for (const consumer of this.all) consumer.start();
  }

  /** Sources stop; what has been fetched goes on. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map((consumer) => consumer.stopFetching()));
  }

  /** The invocations have ended by now, and the connection is still there. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map((consumer) => consumer.settleRest(SETTLE_MS)));
  }
}
