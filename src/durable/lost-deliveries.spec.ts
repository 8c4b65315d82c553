import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { crashed, delivery, newRunner, succeeded } from '../../test/support/delivery-runner.js';
import type { Delivery } from './delivery.js';
import { NO_RECORD } from './delivery-record.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LOST_TWICE = { ...NO_RECORD, lost: 1, begun: 2 };

describe('DeliveryRunner: hosts that died with a message in hand', () => {
  const judge = ({ id, charged }: Delivery) =>
    ({ kind: 'run', event: { requestId: id, payload: {}, attempt: charged }, isLast: charged >= 5 }) as const;

  it('once: it runs beside others', async () => {
    const { take, begun, isolation } = newRunner({ judge });
    await take(delivery(1, 2));
    await take(delivery(2, 2));
    expect(begun()).toEqual(['S-1', 'S-2']);
    expect(isolation.isActive).toBe(false);
  });

  it('twice: it runs alone, and nothing else is in hand, so that nothing can be lost with it', async () => {
    const { take, begun, end, said, records, runner } = newRunner({ judge });
    for (const id of ['S-1', 'S-2']) records.set(id, LOST_TWICE);
    await take(delivery(1, 3));
    await take(delivery(2, 3));
    await take(delivery(3));
    expect(begun()).toEqual(['S-1']);
    expect(said).toEqual([
      expect.stringMatching(/^ack\.2\.3\.1000 -NAK {"delay":\d+}$/),
      expect.stringMatching(/^ack\.3\.1\.1000 -NAK {"delay":\d+}$/),
    ]);
    expect(records.get('S-2')).toEqual({ settled: 3, failures: 0, lost: 2, begun: 2 });
    expect(runner.inHand).toBe(1);
    await end(0, succeeded);
    await take(delivery(2, 4));
    expect(begun()).toEqual(['S-1', 'S-2']);
  });

  it('twice: what waited for its turn is handed back before it runs', async () => {
    const { take, begun, end, said, isolation, records } = newRunner({ judge });
    records.set('S-4', LOST_TWICE);
    await take(delivery(1));
    await take(delivery(2));
    await end(0, crashed(false));
    await end(1, crashed(false));
    await take(delivery(3));
    expect(begun()).toEqual(['S-1', 'S-2', 'S-1']);
    // S-2 and S-3 wait; what comes now may end the host, but is not let in while another runs alone.
    await take(delivery(4, 3));
    expect(said).toEqual([expect.stringMatching(/^ack\.4\.3\.1000 -NAK/)]);
    expect(isolation.isExposed).toBe(false);
  });

  it('before its last delivery: it runs alone, since it would be given up otherwise', async () => {
    const { take, isolation, records } = newRunner({ judge });
    records.set('S-1', { settled: 3, failures: 3, lost: 0, begun: 4 });
    await take(delivery(1, 5));
    expect(isolation.isActive).toBe(true);
  });

  it('are told from hosts that handed it back, and from runs that failed', async () => {
    const { take, isolation, records } = newRunner({ judge });
    records.set('S-1', { settled: 4, failures: 2, lost: 0, begun: 4 });
    await take(delivery(1, 5));
    expect(isolation.isActive).toBe(false);
  });

  it('are not known where the server does not tell: the message comes again later, at no charge', async () => {
    const { take, begun, said, readable, records } = newRunner({ judge });
    readable.fails = true;
    await take(delivery(1, 2));
    expect(begun()).toEqual([]);
    expect(said).toEqual(['ack.1.2.1000 -NAK {"delay":5000000000}']);
    // What could not be read must not be written over.
    expect(records.size).toBe(0);
  });
});

describe('DeliveryRunner: a message that may end its host', () => {
  const judge = ({ id, charged }: Delivery) =>
    ({ kind: 'run', event: { requestId: id, payload: {}, attempt: charged }, isLast: false }) as const;

  it('waits for what has begun, so that it does not die of a neighbour', async () => {
    const { take, begun, end, records } = newRunner({ judge });
    records.set('S-2', LOST_TWICE);
    await take(delivery(1));
    await take(delivery(2, 3));
    expect(begun()).toEqual(['S-1']);
    await end(0, succeeded);
    expect(begun()).toEqual(['S-1', 'S-2']);
  });

  it('waits ten seconds, since what has run that long is slow, and no more', async () => {
    const { take, begun, records } = newRunner({ judge });
    records.set('S-2', LOST_TWICE);
    await take(delivery(1));
    await take(delivery(2, 3));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(begun()).toEqual(['S-1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun()).toEqual(['S-1', 'S-2']);
  });

  it('is not charged before it begins, and comes again where the server does not take that down', async () => {
    const { take, begun, records, said, writable } = newRunner({ judge });
    records.set('S-1', LOST_TWICE);
    writable.fails = true;
    await take(delivery(1, 3));
    expect(begun()).toEqual([]);
    expect(said).toEqual(['ack.1.3.1000 -NAK {"delay":5000000000}']);
  });

  it('runs beside nobody whose beginning is confirmed late: that one is handed back', async () => {
    const { take, begun, said, records, writable, runner } = newRunner({ judge });
    let confirm = (): void => undefined;
    writable.untilTaken.set('S-2', new Promise((resolve) => (confirm = resolve)));
    records.set('S-1', LOST_TWICE);
    await take(delivery(2, 2));
    await take(delivery(1, 3));
    // No longer than this is waited for an answer of the server.
    await vi.advanceTimersByTimeAsync(2_000);
    expect(begun()).toEqual(['S-1']);
    confirm();
    await vi.advanceTimersByTimeAsync(0);
    expect(said).toEqual([expect.stringMatching(/^ack\.2\.2\.1000 -NAK/)]);
    expect(runner.inHand).toBe(1);
  });

  it('runs where the server refuses to take that down, which is said', async () => {
    const { take, begun, errors, writable } = newRunner({ judge });
    writable.fails = true;
    writable.refuses = true;
    await take(delivery(1, 2));
    expect(begun()).toEqual(['S-1']);
    expect(errors).toEqual([expect.stringContaining('cannot be read or written: away')]);
  });
});

describe('DeliveryRunner: what is written down of a delivery', () => {
  it('that failed, and that was handed back', async () => {
    const { take, end, records, runner, state } = newRunner();
    await take(delivery(1));
    await end(0, { kind: 'timed-out' });
    expect(records.get('S-1')).toEqual({ settled: 1, failures: 1, lost: 0, begun: 0 });
    await take(delivery(1, 2));
    state.canBegin = false;
    runner.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(records.get('S-1')).toEqual({ settled: 2, failures: 1, lost: 0, begun: 2 });
  });

  it('is nothing where the message succeeds', async () => {
    const { take, end, records } = newRunner();
    await take(delivery(1));
    await end(0, succeeded);
    expect(records.size).toBe(0);
  });

  it('that came again while it was in hand counts one run', async () => {
    const { take, end, records } = newRunner();
    await take(delivery(1));
    await take(delivery(1, 2));
    await end(0, { kind: 'timed-out' });
    expect(records.get('S-1')).toEqual({ settled: 2, failures: 1, lost: 0, begun: 0 });
  });
});

describe('DeliveryRunner: what waits until somebody has run alone', () => {
  it('does not begin beyond its deadline', async () => {
    const startBy = Date.now() + 1_000;
    const judge = ({ id }: Delivery) =>
      ({ kind: 'run', event: { requestId: id, payload: {}, attempt: 1, startBy }, isLast: false }) as const;
    const { take, begun, end } = newRunner({ judge });
    await take(delivery(1));
    await take(delivery(2));
    await end(0, crashed(false));
    await end(1, succeeded);
    await take(delivery(3));
    await vi.advanceTimersByTimeAsync(60_000);
    await end(2, succeeded);
    expect(begun()).not.toContain('S-3');
  });

  it('does not begin beside another that waited, and runs alone at once', async () => {
    const { take, begun, isolation } = newRunner();
    const releases: (() => void)[] = [];
    isolation.enter(() => new Promise((resolve) => releases.push(resolve)));
    await take(delivery(1));
    await take(delivery(3));
    // Condemned while it waits, as after a hang.
    isolation.remember('S-1');
    releases[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun()).toEqual(['S-1']);
    expect(isolation.isActive).toBe(true);
  });
});
