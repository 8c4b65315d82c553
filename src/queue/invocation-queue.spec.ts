import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DurableConsumers } from '../durable/durable-consumers.js';
import { InvocationConfig } from '../invocation/invocation.config.js';
import type { JetStreamClient } from '../nats/jetstream.client.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import type { NatsClient } from '../nats/nats.client.js';
import { InvocationQueue } from './invocation-queue.js';

const event = { requestId: 'r', payload: { a: 1 }, attempt: 1, traceparent: 'trace' };
const notFound = Object.assign(new Error('stream not found'), { code: 10_059 });
const untaken = Object.assign(new Error('jetstream is not enabled'), { name: 'JetStreamNotEnabled' });

describe('section 9: storing an invocation', () => {
  const info = vi.fn();
  const add = vi.fn();
  const publish = vi.fn();
  const manager = vi.fn();
  let nats: { maxPayload: number };
  let queue: InvocationQueue;
  beforeEach(() => {
    vi.resetAllMocks();
    info.mockResolvedValue({ config: { max_age: 0, duplicate_window: 0 } });
    manager.mockResolvedValue({ streams: { info, add } });
    nats = { maxPayload: 1_000 };
    queue = new InvocationQueue(
      { manager, publish } as unknown as JetStreamClient,
      nats as unknown as NatsClient,
      Object.assign(new NatsConnectionConfig(), { replicas: 3 }),
      Object.assign(new InvocationConfig(), { applicationName: 'shop' }),
      {} as DurableConsumers,
    );
  });

  it('publishes the event, and what of it stands in no event', async () => {
    expect(await queue.store('http', event)).toEqual({ kind: 'stored' });
    const headers = [
      ['Tributary-Request-Id', 'r'],
      ['traceparent', 'trace'],
    ];
    expect(publish).toHaveBeenCalledExactlyOnceWith('tributary.invocation.shop.http', '{"a":1}', headers);
  });

  it('looks for its stream once, and creates it where it is missing', async () => {
    info.mockRejectedValueOnce(notFound);
    await Promise.all([queue.store('http', event), queue.store('http', event)]);
    await queue.store('http', event);
    expect(info).toHaveBeenCalledOnce();
    expect(add).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        name: 'TRIBUTARY_INVOCATIONS',
        retention: 'workqueue',
        discard: 'new',
        num_replicas: 3,
      }),
    );
  });

  it('looks again after it could not look', async () => {
    manager.mockRejectedValueOnce(new Error('there is no connection to NATS'));
    expect(await queue.store('http', event)).toEqual({ kind: 'failed', reason: 'there is no connection to NATS' });
    expect(await queue.store('http', event)).toEqual({ kind: 'stored' });
  });

  it('creates the stream again where it was removed, and tries once more', async () => {
    await queue.store('http', event);
    info.mockRejectedValueOnce(notFound);
    publish.mockRejectedValueOnce(untaken);
    expect(await queue.store('http', event)).toEqual({ kind: 'stored' });
    expect(add).toHaveBeenCalledOnce();
  });

  it('fails where nobody takes it all the same', async () => {
    publish.mockRejectedValue(untaken);
    const result = await queue.store('http', event);
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining('not enabled') as string });
    expect(publish).toHaveBeenCalledTimes(2);
  });

  it('does not publish twice what may have been stored', async () => {
    publish.mockRejectedValue(Object.assign(new Error('timeout'), { name: 'TimeoutError' }));
    expect(await queue.store('http', event)).toMatchObject({
      kind: 'failed',
      reason: 'JetStream did not answer in time',
    });
    expect(publish).toHaveBeenCalledOnce();
  });

  it('is overloaded while a thousand wait for the server, and not any more when it has answered', async () => {
    let confirm!: () => void;
    publish.mockReturnValue(new Promise<void>((resolve) => (confirm = resolve)));
    const all = Array.from({ length: 1_000 }, () => queue.store('http', event));
    expect(await queue.store('http', event)).toEqual({ kind: 'overloaded' });
    confirm();
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(['stored']));
    expect(await queue.store('http', event)).toEqual({ kind: 'stored' });
  });

  it('is too large over max_payload, headers included, to the byte', async () => {
    nats.maxPayload = 64;
    expect(await queue.store('http', event)).toEqual({ kind: 'stored' });
    nats.maxPayload = 63;
    expect(await queue.store('http', event)).toEqual({ kind: 'too-large' });
    expect(publish).toHaveBeenCalledOnce();
  });

  it('is too large where the stream says so, or where no text can hold it', async () => {
    publish.mockRejectedValueOnce(Object.assign(new Error('message size exceeds maximum allowed'), { code: 10_054 }));
    expect(await queue.store('http', event)).toEqual({ kind: 'too-large' });
    const endless = {
      toJSON: () => {
        throw new RangeError('Invalid string length');
      },
    };
    expect(await queue.store('http', { ...event, payload: endless })).toEqual({ kind: 'too-large' });
  });
});
