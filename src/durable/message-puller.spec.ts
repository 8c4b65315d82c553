import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MessagePuller } from './message-puller.js';

const PENDING = 'Nats-Pending-Messages';

/** A connection that keeps what is asked for, and gives what the server would. */
function fakeConnection() {
  const asked: number[] = [];
  let deliver!: (error: Error | null, message: Msg) => void;
  const state = { closed: false, draining: false, drained: false };
  const connection = {
    isClosed: () => state.closed,
    isDraining: () => state.draining,
    subscribe: (_subject: string, options: { callback: typeof deliver }) => {
      deliver = options.callback;
      return { drain: () => Promise.resolve(void (state.drained = true)) };
    },
    publish: (_subject: string, body: string) => {
      if (state.closed) throw new Error('closed connection');
      asked.push((JSON.parse(body) as { batch: number }).batch);
    },
  };
  const status = (code: number, description = '', pending?: number) =>
    deliver(null, {
      reply: '',
      data: new Uint8Array(),
      headers: {
        code,
        description,
        get: (name: string) => (name === PENDING && pending !== undefined ? String(pending) : ''),
      },
    } as unknown as Msg);
  const message = () => deliver(null, { reply: '$JS.ACK.x', data: new Uint8Array() } as Msg);
  const fail = (error: Error) => deliver(error, {} as Msg);
  return { connection: connection as unknown as NatsConnection, asked, state, status, message, fail };
}

function started() {
  const fake = fakeConnection();
  const heard = { messages: 0, lost: [] as string[], expired: 0 };
  const puller = new MessagePuller(fake.connection, '_INBOX.x', {
    stream: 'ORDERS',
    durable: 'shop-nats',
    onMessage: () => heard.messages++,
    onLost: (reason) => heard.lost.push(reason),
    onExpired: () => heard.expired++,
  });
  puller.start();
  return { ...fake, puller, heard };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('MessagePuller: what is asked for', () => {
  it('is what there is room for beyond what is on its way, by halves', () => {
    const { puller, asked, message } = started();
    puller.fill(10, 10);
    for (let taken = 1; taken <= 4; taken++) message();
    puller.fill(10, 10);
    expect(asked).toEqual([10]);
    message();
    puller.fill(10, 10);
    expect(asked).toEqual([10, 5]);
  });

  it('is asked for one by one where only one may run', () => {
    const { puller, asked, message } = started();
    puller.fill(1, 1);
    puller.fill(1, 1);
    message();
    puller.fill(1, 1);
    expect(asked).toEqual([1, 1]);
  });

  it('is nothing while the connection is closed or drains: the library would throw', () => {
    const { puller, asked, state } = started();
    state.closed = true;
    puller.fill(10, 10);
    state.closed = false;
    state.draining = true;
    puller.fill(10, 10);
    expect(asked).toEqual([]);
  });

  it('is asked for again when it is forgotten', () => {
    const { puller, asked } = started();
    puller.fill(10, 10);
    puller.forget();
    puller.fill(10, 10);
    expect(asked).toEqual([10, 10]);
  });
});

describe('ADR-13: the statuses of a request', () => {
  it('100, idle heartbeat: a sign of life and no message', () => {
    const { puller, heard, status, asked } = started();
    puller.fill(10, 10);
    for (let beat = 1; beat <= 10; beat++) {
      vi.advanceTimersByTime(5_000);
      status(100, 'Idle Heartbeat');
    }
    puller.fill(10, 10);
    expect(heard).toEqual({ messages: 0, lost: [], expired: 0 });
    expect(asked).toEqual([10]);
  });

  it('408, expired: what it did not give can be asked for again', () => {
    const { puller, heard, status, message, asked } = started();
    puller.fill(10, 10);
    for (let taken = 1; taken <= 3; taken++) message();
    status(408, 'Request Timeout', 7);
    expect(heard).toMatchObject({ expired: 1, lost: [] });
    puller.fill(10, 10);
    expect(asked).toEqual([10, 10]);
  });

  it.each([
    [409, 'Consumer Deleted'],
    [409, 'Server Shutdown'],
    [503, ''],
  ])('%d %s: lost, and nothing is asked for in a circle', (code, description) => {
    const { puller, heard, status, asked } = started();
    puller.fill(10, 10);
    status(code, description);
    expect(heard.lost).toHaveLength(1);
    puller.fill(10, 10);
    expect(asked).toEqual([10]);
    vi.advanceTimersByTime(1_001);
    puller.fill(10, 10);
    expect(asked).toEqual([10, 10]);
  });

  it('a permission that is missing: lost, with what the server says', () => {
    const { heard, fail } = started();
    fail(new Error('permissions violation'));
    expect(heard.lost).toEqual(['permissions violation']);
  });
});

describe('MessagePuller: a request that is lost', () => {
  it('is noticed by the silence of the server, and can be made again', () => {
    const { puller, heard, asked } = started();
    puller.fill(10, 10);
    vi.advanceTimersByTime(10_000);
    expect(heard.lost).toEqual([]);
    vi.advanceTimersByTime(3_000);
    expect(heard.lost).toEqual(['the server is silent']);
    puller.fill(10, 10);
    expect(asked).toEqual([10, 10]);
  });

  it('is no matter where nothing was asked for', () => {
    const { heard } = started();
    vi.advanceTimersByTime(60_000);
    expect(heard.lost).toEqual([]);
    expect(heard.expired).toBeGreaterThan(0);
  });

  it('is not looked for any more after the end, and no timer is left', async () => {
    const { puller, state } = started();
    await puller.stop();
    expect(state.drained).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends quietly on a connection that is closed', async () => {
    const { puller, state } = started();
    state.closed = true;
    await puller.stop();
    expect(state.drained).toBe(false);
  });
});
