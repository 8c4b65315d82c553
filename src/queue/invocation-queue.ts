import { Injectable, Logger } from '@nestjs/common';
import { DurableConsumers } from '../durable/durable-consumers.js';
import type { FigureSource } from '../figures/figure.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { ensureStream } from '../nats/ensure-stream.js';
import { explainJetStreamError, isJetStreamError, isUntaken } from '../nats/jetstream-error.js';
import { JetStreamClient } from '../nats/jetstream.client.js';
import { messageSize } from '../nats/message-headers.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import { NatsClient } from '../nats/nats.client.js';
import { invocationsStream, invocationSubject } from '../nats/own-streams.js';
import { QueuedInvocationSource, type QueuedTrigger } from './queued-invocation.source.js';
import { type QueuedMessage, toQueuedMessage } from './queued-message.js';

/** What became of an event that was to be stored. */
export type StoreResult =
  /** The server has confirmed it: it runs at least once, whatever becomes of this host. */
  | { readonly kind: 'stored' }
  /** It is over what a message of the server, or of the stream, may have. */
  | { readonly kind: 'too-large' }
  /** Too many wait for the server's confirmation already; it has not been sent. */
  | { readonly kind: 'overloaded' }
  /** It is not known to be stored; `reason` is for operators. */
  | { readonly kind: 'failed'; readonly reason: string };

const STORED: StoreResult = { kind: 'stored' };
const TOO_LARGE: StoreResult = { kind: 'too-large' };
const OVERLOADED: StoreResult = { kind: 'overloaded' };

/** Events that may wait for their confirmation at once: a server that stalls must not fill the memory of this host. */
const MAX_STORING = 1_000;

/** Invocations that nobody waits for: stored now, run by whichever replica has room. */
@Injectable()
export class InvocationQueue {
  private ensured: Promise<unknown> | undefined;
  private storing = 0;

  constructor(
    private readonly jetStream: JetStreamClient,
    private readonly nats: NatsClient,
    private readonly connection: NatsConnectionConfig,
    private readonly application: InvocationConfig,
    private readonly consumers: DurableConsumers,
  ) {}

  /** Runs what is stored for a trigger. To be called while the application is initialised, after the trigger's own lane was opened. */
  open(trigger: QueuedTrigger): FigureSource {
    const logger = new Logger(`Trigger ${trigger.name}`);
    return this.consumers.open(new QueuedInvocationSource(trigger, this.application, this.connection.replicas, logger));
  }

  /** Stores an event of a trigger; resolves when that is known, within seconds. Never rejects. */
  async store(triggerName: string, event: TriggerEvent): Promise<StoreResult> {
    if (this.storing >= MAX_STORING) return OVERLOADED;
    const message = messageOrNothing(event);
    if (!message || messageSize(message.headers, message.body) > this.nats.maxPayload) return TOO_LARGE;
    const subject = invocationSubject(this.application.applicationName, triggerName);
    this.storing++;
    try {
      await this.publish(subject, message);
      return STORED;
    } catch (error) {
      if (isJetStreamError(error, 'messageTooLarge')) return TOO_LARGE;
      return { kind: 'failed', reason: explainJetStreamError(error) };
    } finally {
      this.storing--;
    }
  }

  private async publish(subject: string, { body, headers }: QueuedMessage): Promise<void> {
    await this.ensure();
    try {
      await this.jetStream.publish(subject, body, headers);
    } catch (error) {
      if (!isUntaken(error)) throw error;
      // The stream was removed after it had been there.
      this.ensured = undefined;
      await this.ensure();
      await this.jetStream.publish(subject, body, headers);
    }
  }

  /** Once, and again after a failure. */
  private async ensure(): Promise<void> {
    this.ensured ??= this.createStream();
    try {
      await this.ensured;
    } catch (error) {
      this.ensured = undefined;
      throw error;
    }
  }

  private async createStream(): Promise<void> {
    await ensureStream(await this.jetStream.manager(), invocationsStream, this.connection.replicas);
  }
}

function messageOrNothing(event: TriggerEvent): QueuedMessage | undefined {
  try {
    return toQueuedMessage(event);
  } catch {
    return undefined;
  }
}
