import { Injectable, Logger } from '@nestjs/common';
import { HostConfig } from '../../config/host-config.js';
import type { Figure, FigureSource } from '../../figures/figure.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { InvocationQueue } from '../../queue/invocation-queue.js';
import { RepeatedWarning } from '../repeated-warning.js';
import { replayResult } from '../replay-result.js';
import { ResultPublisher } from '../result.publisher.js';
import { HttpTriggerConfig } from './http.config.js';
import { type HttpAnswer, toQueuedAnswer } from './http.response.js';

/** Requests that are stored and answered at once, to be run when there is room. */
@Injectable()
export class HttpQueue {
  private readonly config: HttpTriggerConfig;
  private consumer: FigureSource | undefined;
  private readonly failed = new RepeatedWarning((count, last) =>
    new Logger('Http').error(`Requests that could not be queued: ${count}, the last one because ${last}`),
  );

  constructor(
    config: HostConfig,
    private readonly queue: InvocationQueue,
    private readonly results: ResultPublisher,
    private readonly application: InvocationConfig,
  ) {
    this.config = config.triggersOf(HttpTriggerConfig)[0] ?? new HttpTriggerConfig();
  }

  /** Whether a client may ask for it at all. */
  get isOffered(): boolean {
    return this.config.async;
  }

  /** To be called while the application is initialised. */
  open(): void {
    const { name, handler, resultSubject } = this.config;
    this.consumer = this.queue.open({
      name,
      handler,
      ...(resultSubject !== undefined && this.publishingTo(resultSubject)),
    });
  }

  figures(): readonly Figure[] {
    return this.consumer?.figures() ?? [];
  }

  /** Stores a request and gives its answer. Never rejects. */
  async store(event: TriggerEvent): Promise<HttpAnswer> {
    const stored = await this.queue.store(this.config.name, event);
    if (stored.kind === 'failed') this.failed.add(stored.reason);
    return toQueuedAnswer(stored, event.requestId);
  }

  /** The request id may be the client's own, and used twice: the place in the stream is not. */
  private publishingTo(
    subject: string,
  ): Pick<Parameters<InvocationQueue['open']>[0], 'publishResult' | 'publishReplay'> {
    const { applicationName } = this.application;
    const triggerName = this.config.name;
    return {
      publishResult: (requestId, outcome, { id, trace }) =>
        this.results.publishSafely(subject, { applicationName, triggerName, requestId, onceFor: id, trace }, outcome),
      publishReplay: (letter, outcome, trace) =>
        this.results.publishSafely(subject, { ...replayResult(letter), trace }, outcome),
    };
  }
}
