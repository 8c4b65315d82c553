import { Logger } from '@nestjs/common';
import type { NatsConnection, NodeConnectionOptions, Status } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NatsConnectionConfig } from './nats-connection.config.js';
import { NatsClient } from './nats.client.js';

/** Stands in for the library: attempts end as they are told to. */
const attempts: NodeConnectionOptions[] = [];
const results: (() => NatsConnection)[] = [];
vi.mock('./nats-library.js', () => ({
  loadNatsLibrary: () =>
    Promise.resolve({
      connect: (options: NodeConnectionOptions) => {
        attempts.push(options);
        return new Promise((resolve, reject) => {
          try {
            const result = results.shift();
            if (result) resolve(result());
          } catch (error) {
            reject(error);
          }
        });
      },
    }),
}));

/** A connection whose states are pushed by the test. */
class FakeConnection {
  readonly info = { version: '2.9.10', max_payload: 100 };
  readonly published: string[] = [];
  drained = false;
  draining = false;
  private closed = false;
  private readonly queue: Status[] = [];
  private wake: () => void = () => undefined;

  push(status: Status): void {
    this.queue.push(status);
    this.wake();
  }

  async *status(): AsyncGenerator<Status> {
    while (!this.closed) {
      for (const status of this.queue.splice(0)) yield status;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  getServer(): string {
    return 'a:4222';
  }

  isClosed(): boolean {
    return this.closed;
  }

  isDraining(): boolean {
    return this.draining;
  }

  /** As the library does. */
  publish(subject: string): void {
    if (this.closed || this.draining) throw new Error('closed or draining connection');
    this.published.push(subject);
  }

  close(): Promise<void> {
    this.closed = true;
    this.wake();
    return Promise.resolve();
  }

  drain(): Promise<void> {
    this.drained = true;
    return this.close();
  }

  get asConnection(): NatsConnection {
    return this as unknown as NatsConnection;
  }
}

function refused(): never {
  throw new Error('connection refused');
}

function newClient(url: string[] | undefined = ['nats://user:s3cret@a']): NatsClient {
  const client = new NatsClient(Object.assign(new NatsConnectionConfig(), { url, applicationName: 'shop' }));
  client.onApplicationBootstrap();
  return client;
}

let lines: string[];
beforeEach(() => {
  attempts.length = 0;
  results.length = 0;
  lines = [];
  for (const level of ['log', 'warn', 'error'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((line: string) => void lines.push(line));
  }
});
afterEach(() => vi.restoreAllMocks());

describe('the connection to NATS', () => {
  it('is off, and no attempt is made, where no server is configured', async () => {
    const client = newClient([]);
    expect([client.configured, client.state, client.connection]).toEqual([false, 'off', undefined]);
    await client.onApplicationShutdown();
    expect(attempts).toEqual([]);
  });

  it('section 8: retries for ever, as the library is told to, and after refused credentials, too', async () => {
    const client = newClient();
    await vi.waitFor(() => expect(attempts).toHaveLength(1));
    expect(attempts[0]).toMatchObject({
      servers: ['a:4222'],
      name: 'shop',
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
    });
    await client.onApplicationShutdown();
  });

  it('section 8: tries again after a first attempt that failed, and says it without the credentials', async () => {
    const connection = new FakeConnection();
    results.push(refused, () => connection.asConnection);
    const client = newClient();
    expect(client.state).toBe('connecting');
    expect(await client.whenConnected()).toBe(connection);
    expect(client.state).toBe('connected');
    expect(lines).toEqual([
      'NATS at a:4222: connection refused; trying again until it is there',
      'Connected to NATS at a:4222 (nats-server 2.9.10)',
    ]);
    await client.onApplicationShutdown();
  });

  it('follows the state of a connection that is lost and comes back', async () => {
    const connection = new FakeConnection();
    results.push(() => connection.asConnection);
    const client = newClient();
    await client.whenConnected();
    connection.push({ type: 'disconnect', server: 'a:4222' });
    await vi.waitFor(() => expect(client.state).toBe('disconnected'));
    expect(client.connection).toBe(connection);
    expect(client.publish('subject', '', [])).toBe(false);
    connection.push({ type: 'reconnect', server: 'a:4222' });
    await vi.waitFor(() => expect(client.state).toBe('connected'));
    await client.onApplicationShutdown();
  });

  it('section 8: connects anew where the library gives up, and hands the new connection to the listeners', async () => {
    const [first, second] = [new FakeConnection(), new FakeConnection()];
    results.push(
      () => first.asConnection,
      () => second.asConnection,
    );
    const client = newClient();
    const given: unknown[] = [];
    client.onConnection((connection) => given.push(connection));
    await client.whenConnected();
    await first.close();
    await vi.waitFor(() => expect(given).toEqual([first, second]), { timeout: 8_000 });
    expect([client.connection, client.state]).toEqual([second, 'connected']);
    await client.onApplicationShutdown();
  });

  it('drains at the end, and makes no attempt any more', async () => {
    const connection = new FakeConnection();
    results.push(() => connection.asConnection);
    const client = newClient();
    await client.whenConnected();
    await client.onApplicationShutdown();
    expect([connection.drained, connection.isClosed()]).toEqual([true, true]);
    await vi.waitFor(() => expect(client.state).toBe('disconnected'));
    expect(attempts).toHaveLength(1);
  });

  it('publishes nothing, and does not throw, on a connection that drains or has just been closed', async () => {
    const connection = new FakeConnection();
    results.push(() => connection.asConnection);
    const client = newClient();
    await client.whenConnected();
    expect(client.publish('one', '')).toBe(true);
    connection.draining = true;
    expect(client.publish('two', '')).toBe(false);
    connection.draining = false;
    void connection.close();
    expect([client.state, client.publish('three', '')]).toEqual(['connected', false]);
    expect(connection.published).toEqual(['one']);
    await client.onApplicationShutdown();
  });

  it('publishes soon in one turn of the event loop, in order, and before all that is published after it', async () => {
    const connection = new FakeConnection();
    results.push(() => connection.asConnection);
    const client = newClient();
    await client.whenConnected();
    client.publishSoon('one', '');
    client.publishSoon('two', '');
    expect(connection.published).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(connection.published).toEqual(['one', 'two']);
    client.publishSoon('three', '');
    client.publish('four', '');
    client.publishSoon('five', '');
    await client.onApplicationShutdown();
    client.publishSoon('lost', '');
    await new Promise((resolve) => setImmediate(resolve));
    expect(connection.published).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it('closes a connection that comes when the host has begun to end', async () => {
    const connection = new FakeConnection();
    let arrive = (_connection: NatsConnection): void => undefined;
    results.push(() => new Promise((resolve) => (arrive = resolve)) as unknown as NatsConnection);
    const client = newClient();
    await vi.waitFor(() => expect(attempts).toHaveLength(1));
    await client.onApplicationShutdown();
    arrive(connection.asConnection);
    await vi.waitFor(() => expect(connection.isClosed()).toBe(true));
    expect(client.connection).toBeUndefined();
  });
});
