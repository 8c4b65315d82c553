import {
  jetstream,
  jetstreamManager,
  type JetStreamManager,
  type StoredMsg,
  type StreamConfig,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import type { Ledger } from './ledger.js';
import { APPLICATION } from './nats-host.js';
import { type NatsServer, startNatsServer } from './nats-server.js';
import { report } from './soak.js';
import { type Host, startHost, until } from './start-host.js';

export const STREAM = 'ORDERS';
export const DURABLE = `${APPLICATION}-nats`;
export const LETTERS = 'TRIBUTARY_DEAD_LETTERS';

/** The stream ORDERS on a server or a cluster, and a client of its own, which ends with the test. */
export interface DurableStream {
  readonly client: NatsConnection;
  readonly manager: JetStreamManager;
  /** Publishes orders, confirmed by the server; resolves with their number. */
  publish(orders: readonly object[], subject?: string): Promise<number>;
  /** Starts a host that takes `orders.>` from the stream; it ends with the test. */
  host(
    ledger: Ledger,
    env?: Record<string, string | undefined>,
    started?: 'spawned' | 'listening' | 'ready',
  ): Promise<Host>;
  /** Messages that the consumer has not settled: not delivered, or in hand. */
  unsettled(stream?: string, durable?: string): Promise<number>;
  /** Resolves when the consumer has nothing left. */
  untilSettled(timeoutMs?: number): Promise<true>;
  /** All dead letters, in their order. */
  letters(): Promise<StoredMsg[]>;
}

/** A server with JetStream and the stream ORDERS, and a client of its own. All of it ends with the test. */
export interface DurableServer extends DurableStream {
  readonly server: NatsServer;
}

export async function startDurableServer(stream: Partial<StreamConfig> | null = {}): Promise<DurableServer> {
  const server = await startNatsServer({ jetstream: true });
  onTestFinished(() => server.stop());
  return { server, ...(await durableStreamOn(server.url, stream)) };
}

/** @param url Servers, separated by commas. */
export async function durableStreamOn(url: string, stream: Partial<StreamConfig> | null = {}): Promise<DurableStream> {
  const client = await connect({ servers: url.split(','), reconnectTimeWait: 100, maxReconnectAttempts: -1 });
  onTestFinished(() => client.close());
  const manager = await jetstreamManager(client, { checkAPI: false });
  if (stream) await manager.streams.add({ name: STREAM, subjects: ['orders.>'], ...stream });
  const unsettled = async (name = STREAM, durable = DURABLE) => {
    const info = await manager.consumers.info(name, durable);
    return info.num_pending + info.num_ack_pending;
  };
  return {
    client,
    manager,
    publish: (orders, subject = 'orders.new') => publishAll(client, orders, subject),
    host: (ledger, env = {}, started) => startDurableHost(url, ledger, env, started),
    unsettled,
    untilSettled: (timeoutMs) =>
      until('everything to be settled', async () => (await unsettled().catch(() => 1)) === 0 || undefined, timeoutMs),
    letters: () => storedMessages(manager, LETTERS),
  };
}

async function publishAll(client: NatsConnection, orders: readonly object[], subject: string): Promise<number> {
  const publisher = jetstream(client);
  for (let i = 0; i < orders.length; i += 100) {
    await Promise.all(orders.slice(i, i + 100).map((order) => publisher.publish(subject, JSON.stringify(order))));
  }
  return orders.length;
}

async function startDurableHost(
  url: string,
  ledger: Ledger,
  env: Record<string, string | undefined>,
  started?: 'spawned' | 'listening' | 'ready',
): Promise<Host> {
  const host = await startHost({
    env: {
      SCW_APPLICATION_NAME: APPLICATION,
      TRIGGER_NATS_URL: url,
      TRIGGER_NATS_STREAM: STREAM,
      TRIGGER_NATS_SUBJECT: 'orders.>',
      TRIGGER_NATS_BACKOFF_MS: '50',
      ...ledger.env,
      ...env,
    },
    ...(started && { started }),
  });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

/** What became of the messages of a test. */
export interface Tally {
  readonly published: number;
  readonly handled: number;
  readonly duplicated: number;
  readonly deadLettered: number;
}

/** Counts, and prints the counts under the name of what was done to the messages. */
export async function tally(nats: DurableStream, ledger: Ledger, published: number, fault: string): Promise<Tally> {
  const deadLettered = (await nats.letters()).length;
  const counted = { published, handled: ledger.handled().length, duplicated: ledger.duplicates(), deadLettered };
  report(fault, { ...counted });
  return counted;
}

/** Time for the server to confirm a message, before it is published again under the same id. */
const CONFIRMED_MS = 1_000;
const BATCH = 100;
/** How far a publisher is ahead of the function, so that messages flow for as long as a test takes. */
const AHEAD = 300;

/**
 * Publishes orders as a careful publisher does: each until the server has confirmed it, under an id by which the stream
 * knows what it has stored already. Resolves with their number when all are stored.
 */
export async function publishSurely(nats: DurableStream, ledger: Ledger, all: readonly object[]): Promise<number> {
  const publisher = jetstream(nats.client, { timeout: CONFIRMED_MS });
  const surely = async (order: object, msgID: string): Promise<void> => {
    const confirmed = () =>
      publisher.publish('orders.new', JSON.stringify(order), { msgID }).then(
        () => true,
        () => false,
      );
    while (!(await confirmed())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  for (let first = 0; first < all.length; first += BATCH) {
    await until('the function to keep up', () => ledger.ended().length >= first - AHEAD || undefined, 120_000);
    await Promise.all(all.slice(first, first + BATCH).map((order, n) => surely(order, `order-${first + n}`)));
  }
  return all.length;
}

/** nats-server 2.9 deletes a consumer and may say that it could not, where it is writing down its state at that moment. */
export async function deleteConsumer(manager: JetStreamManager): Promise<void> {
  await manager.consumers.delete(STREAM, DURABLE).catch((error: Error) => {
    if (!error.message.includes('directory not empty')) throw error;
  });
}

/**
 * All messages of a stream, in their order; none where there is no such stream. Its state comes first: nats-server 2.9.10
 * dies of a request for a message of a stream that is just being created.
 */
export async function storedMessages(manager: JetStreamManager, stream: string): Promise<StoredMsg[]> {
  const found: StoredMsg[] = [];
  const info = await manager.streams.info(stream).catch(() => undefined);
  if (!info || info.state.messages === 0) return found;
  for (let seq = 1; ;) {
    const message = await manager.streams.getMessage(stream, { seq, next_by_subj: '>' } as never).catch(() => null);
    if (!message) return found;
    found.push(message);
    seq = message.seq + 1;
  }
}

/** Orders numbered from 1, each with what it is to do. */
export function orders(count: number, more: (n: number) => object = () => ({})): object[] {
  return Array.from({ length: count }, (_, index) => ({ n: index + 1, ...more(index + 1) }));
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** The headers of a dead letter that are ours. */
export function letterOf(message: StoredMsg): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, values] of message.header) {
    if (name.startsWith('Tributary-')) all[name.slice('Tributary-'.length)] = values.at(-1) ?? '';
  }
  return all;
}
