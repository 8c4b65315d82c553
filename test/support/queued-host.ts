import { type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { LETTERS, storedMessages } from './durable-host.js';
import type { Ledger } from './ledger.js';
import { APPLICATION, connectTo, startNatsHost } from './nats-host.js';
import { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server.js';
import { type Host, until } from './start-host.js';

export const QUEUE = 'TRIBUTARY_INVOCATIONS';
export const QUEUE_CONSUMER = `${APPLICATION}=http`;

/** Variables of a host whose sub-runtime never starts: what it stores stays stored. */
export const NEVER_RUNS = { SCW_RUNTIME_BINARY: '/bin/false' };

/** A server with JetStream, and a client of its own. All of it ends with the test. */
export interface QueueServer {
  readonly server: NatsServer;
  readonly client: NatsConnection;
  readonly manager: JetStreamManager;
  /** Starts a host that queues requests; it ends with the test. */
  host(
    ledger: Ledger,
    env?: Record<string, string | undefined>,
    started?: 'spawned' | 'listening' | 'ready',
  ): Promise<Host>;
  /** What is in the queue, in its order. */
  queued(): Promise<StoredMsg[]>;
  /** Resolves when nothing is queued or in hand any more. */
  untilSettled(timeoutMs?: number): Promise<true>;
  letters(): Promise<StoredMsg[]>;
}

export async function startQueueServer(options: NatsServerOptions = {}): Promise<QueueServer> {
  const server = await startNatsServer({ jetstream: true, ...options });
  const client = await connectTo(server);
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
  const manager = await jetstreamManager(client, { checkAPI: false });
  const queued = () => storedMessages(manager, QUEUE);
  return {
    server,
    client,
    manager,
    host: (ledger, env = {}, started) => startQueueHost(server, { ...ledger.env, ...env }, started),
    queued,
    untilSettled: (timeoutMs) =>
      until('the queue to be empty', async () => (await queued()).length === 0 || undefined, timeoutMs),
    letters: () => storedMessages(manager, LETTERS),
  };
}

/** A host that queues requests; it ends with the test. */
export async function startQueueHost(
  server: Pick<NatsServer, 'url'>,
  env: Record<string, string | undefined>,
  started?: 'spawned' | 'listening' | 'ready',
): Promise<Host> {
  const variables = { TRIGGER_NATS_SUBJECT: undefined, TRIGGER_HTTP_ASYNC: 'true', ...env };
  const host = await startNatsHost(server, { env: variables, ...(started && { started }) });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

/** Posts an order; with `Prefer: respond-async` unless other headers say otherwise. */
export function post(host: Host, order: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  return fetch(host.url, { method: 'POST', body, headers: { Prefer: 'respond-async', ...headers } });
}
