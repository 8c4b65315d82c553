import type { Logger } from '@nestjs/common';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import { atMost } from '../../nats/at-most.js';
import type { NatsClient } from '../../nats/nats.client.js';
import type { NatsEndpoint } from './nats.endpoint.js';
import type { NatsServiceDiscovery } from './nats.service-discovery.js';

export interface NatsSubscriberOptions {
  readonly client: NatsClient;
  readonly endpoints: readonly NatsEndpoint[];
  readonly discovery: NatsServiceDiscovery;
  readonly onMessage: (endpoint: NatsEndpoint, message: Msg) => void;
  readonly logger: Logger;
}

/** Pause before a subscription that the server denied is tried again: permissions change without a new connection. */
const RETRY_DENIED_MS = 10_000;
/** Time for the server to know that nothing more is wanted. */
const DRAIN_MS = 2_000;

/** Keeps the subscriptions of a trigger: on every connection, again where they were denied, until it stops. */
export class NatsSubscriber {
  private connection: NatsConnection | undefined;
  private readonly subscriptions = new Map<NatsEndpoint, Subscription>();
  private discovery: Subscription[] = [];
  private readonly retries = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly options: NatsSubscriberOptions) {}

  /** Subscribes now or once there is a connection. */
  start(): void {
    this.options.client.onConnection((connection) => this.attach(connection));
  }

  /** Receives nothing new, and resolves when all that was on its way has been received, within 2 s. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const retry of this.retries) clearTimeout(retry);
    for (const subscription of this.discovery) subscription.unsubscribe();
    const subscriptions = [...this.subscriptions.values()];
    if (this.options.client.state === 'connected') {
      await atMost(DRAIN_MS, Promise.allSettled(subscriptions.map((subscription) => subscription.drain())));
    } else {
      for (const subscription of subscriptions) subscription.unsubscribe();
    }
  }

  private attach(connection: NatsConnection): void {
    if (this.stopped) return;
    this.connection = connection;
    for (const endpoint of this.options.endpoints) this.subscribe(endpoint, connection);
    this.discovery = this.options.discovery.subscribe(connection);
  }

  private subscribe(endpoint: NatsEndpoint, connection: NatsConnection): void {
    const subscription = connection.subscribe(endpoint.subject, {
      ...(endpoint.queue !== '' && { queue: endpoint.queue }),
      callback: (error, message) => {
        if (error) this.deny(endpoint, error);
        else this.options.onMessage(endpoint, message);
      },
    });
    this.subscriptions.set(endpoint, subscription);
  }

  /** The library has dropped the subscription by now. */
  private deny(endpoint: NatsEndpoint, error: Error): void {
    if (endpoint.denied === undefined) {
      this.options.logger.error(`NATS does not let this host listen to ${endpoint.subject}: ${messageOf(error)}`);
    }
    endpoint.denied = `the NATS server does not permit to subscribe to ${endpoint.subject}`;
    this.subscriptions.delete(endpoint);
    const retry = setTimeout(() => {
      this.retries.delete(retry);
      void this.retry(endpoint).catch(() => undefined);
    }, RETRY_DENIED_MS);
    this.retries.add(retry);
  }

  /** The server's denial, if there is one, arrives before its answer to the flush. */
  private async retry(endpoint: NatsEndpoint): Promise<void> {
    const { connection } = this;
    if (!connection || connection.isClosed() || this.subscriptions.has(endpoint)) return;
    this.subscribe(endpoint, connection);
    await connection.flush();
    if (!this.subscriptions.has(endpoint)) return;
    endpoint.denied = undefined;
    this.options.logger.log(`NATS lets this host listen to ${endpoint.subject} again`);
  }
}
