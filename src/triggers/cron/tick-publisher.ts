import type { Logger } from '@nestjs/common';
import { explainJetStreamError } from '../../nats/jetstream-error.js';
import type { JetStreamClient } from '../../nats/jetstream.client.js';

/** Pause after a publish that failed, to which up to as much again is added. */
const RETRY_MS = 250;

export interface TickPublisherOptions {
  readonly jetStream: Pick<JetStreamClient, 'publish'>;
  readonly subject: string;
  readonly startingDeadlineMs: number;
  /** The same in every replica: the stream stores a tick once. */
  readonly idOf: (scheduledAt: number) => string;
  readonly bodyOf: (scheduledAt: number) => string;
  /** It could not be published before its deadline, so that it is never published. */
  readonly onMissed: (scheduledAt: number) => void;
  readonly logger: Logger;
}

/** Publishes the ticks of a schedule, in their order, each until the stream has it or its deadline has passed. */
export class TickPublisher {
  private readonly waiting: number[] = [];
  private stopped = false;
  private endPause: () => void = () => undefined;
  private isPublishing = false;
  private isFailing = false;

  constructor(private readonly options: TickPublisherOptions) {}

  add(scheduledAt: number): void {
    this.waiting.push(scheduledAt);
    if (!this.isPublishing) void this.publishAll();
  }

  /** What waits is left to the other replicas. */
  stop(): void {
    this.stopped = true;
    this.endPause();
  }

  private async publishAll(): Promise<void> {
    this.isPublishing = true;
    while (!this.stopped) {
      const [next] = this.waiting;
      if (next === undefined) break;
      if (Date.now() > next + this.options.startingDeadlineMs) this.options.onMissed(next);
      else if (!(await this.publish(next))) continue;
      this.waiting.shift();
    }
    this.isPublishing = false;
  }

  /** False where it is to be tried again; the stream knows the id if it was stored after all. */
  private async publish(scheduledAt: number): Promise<boolean> {
    const { jetStream, subject, idOf, bodyOf, logger } = this.options;
    try {
      await jetStream.publish(subject, bodyOf(scheduledAt), [], { msgID: idOf(scheduledAt) });
      if (this.isFailing) logger.log(`Ticks are published to ${subject} again`);
      this.isFailing = false;
      return true;
    } catch (error) {
      if (!this.isFailing) {
        logger.warn(`Ticks cannot be published, and wait to their starting deadline: ${explainJetStreamError(error)}`);
      }
      this.isFailing = true;
      await this.pause(RETRY_MS * (1 + Math.random()));
      return false;
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.endPause = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }
}
