import { Injectable } from '@nestjs/common';
import type {
  JetStreamClient as Publisher,
  JetStreamManager,
  JetStreamPublishOptions,
  PubAck,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { loadJetStreamLibrary } from './jetstream-library.js';
import { type MessageHeaders, toMessageHeaders } from './message-headers.js';
import { loadNatsLibrary } from './nats-library.js';
import { NatsClient } from './nats.client.js';

/** Time for the server to answer a request; a cluster that elects a leader needs seconds. */
const ANSWER_MS = 5_000;

interface Attached {
  readonly connection: NatsConnection;
  readonly publisher: Publisher;
  readonly manager: JetStreamManager;
}

/** JetStream over the one connection. Every method rejects where the server does not answer within five seconds. */
@Injectable()
export class JetStreamClient {
  private attached: Promise<Attached> | undefined;
  private attachedTo: NatsConnection | undefined;

  constructor(private readonly nats: NatsClient) {}

  /** Streams and consumers. */
  async manager(): Promise<JetStreamManager> {
    return (await this.attach()).manager;
  }

  /**
   * Publishes a message and resolves when a stream has stored it. A rejection may leave it stored all the same.
   * `Nats-*` headers are set by `options` alone.
   */
  async publish(
    subject: string,
    body: string | Uint8Array,
    headers: MessageHeaders,
    options: Partial<Pick<JetStreamPublishOptions, 'msgID' | 'expect'>> = {},
  ): Promise<PubAck> {
    const [{ publisher }, library] = await Promise.all([this.attach(), loadNatsLibrary()]);
    return publisher.publish(subject, body, { ...options, headers: toMessageHeaders(headers, library) });
  }

  /** Once for each connection. */
  private attach(): Promise<Attached> {
    const { connection, state } = this.nats;
    // What is published while the connection is lost is dropped: better to know at once than after the time for an answer.
    if (!connection || state !== 'connected') return Promise.reject(new Error('there is no connection to NATS'));
    if (!this.attached || this.attachedTo !== connection) {
      this.attachedTo = connection;
      this.attached = attachTo(connection);
    }
    return this.attached;
  }
}

async function attachTo(connection: NatsConnection): Promise<Attached> {
  const library = await loadJetStreamLibrary();
  const options = { timeout: ANSWER_MS };
  const publisher = library.jetstream(connection, options);
  const manager = await library.jetstreamManager(connection, { ...options, checkAPI: false });
  return { connection, publisher, manager };
}
