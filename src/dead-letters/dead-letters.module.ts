import { type BeforeApplicationShutdown, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NatsModule } from '../nats/nats.module.js';
import { DeadLetterStore } from './dead-letter.store.js';
import { DeadLetterWriter } from './dead-letter.writer.js';
import { DeadLettersService } from './dead-letters.service.js';
import { LetterReplay } from './letter-replay.js';
import { LetterReplayers } from './letter-replayers.js';

/** Time for what is still to be done once all invocations have ended: publish a result, remove a letter. */
const SETTLE_MS = 1_000;

/** Needs `ConfigModule`, which is global. Its hooks are those of its service, which the admin port gets without any. */
@Module({
  imports: [NatsModule],
  providers: [DeadLetterWriter, DeadLetterStore, LetterReplayers, LetterReplay, DeadLettersService],
  exports: [DeadLetterWriter, LetterReplayers, DeadLettersService],
})
export class DeadLettersModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly letters: DeadLettersService) {}

  beforeApplicationShutdown(): void {
    this.letters.stop();
  }

  /** The invocations have ended by now, and the connection is still there. */
  async onApplicationShutdown(): Promise<void> {
    await this.letters.settleRest(SETTLE_MS);
  }
}
