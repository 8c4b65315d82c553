import type { Msg } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NatsClient } from '../nats/nats.client.js';
import { Delivery } from './delivery.js';
import { ProgressTicker } from './progress-ticker.js';

function delivery(sequence: number): Delivery {
  const facts = { stream: 'S', consumer: 'c', sequence, deliveryCount: 1, publishedAt: 0, pending: 0 };
  return new Delivery({ reply: `ack.${sequence}` } as Msg, facts);
}

function ticker(connected = true) {
  const said: string[] = [];
  const client = { publish: (subject: string, body: string) => connected && Boolean(said.push(`${subject} ${body}`)) };
  return { progress: new ProgressTicker(client as unknown as NatsClient), said };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('ProgressTicker', () => {
  it('reports on each message in hand well within its time', () => {
    const { progress, said } = ticker();
    progress.add(delivery(1), 3_000);
    progress.add(delivery(2), 30_000);
    vi.advanceTimersByTime(9_900);
    expect(said.filter((line) => line === 'ack.1 +WPI').length).toBeGreaterThanOrEqual(6);
    expect(said).not.toContain('ack.2 +WPI');
    vi.advanceTimersByTime(1_000);
    expect(said).toContain('ack.2 +WPI');
  });

  it('never later than half of its time, whatever came before', () => {
    const { progress, said } = ticker();
    progress.add(delivery(1), 30_000);
    vi.advanceTimersByTime(7_000);
    progress.add(delivery(2), 300);
    vi.advanceTimersByTime(150);
    expect(said).toEqual(['ack.2 +WPI']);
  });

  it('says nothing of what was settled, and keeps no timer for nothing', () => {
    const { progress, said } = ticker();
    const only = delivery(1);
    progress.add(only, 3_000);
    progress.remove(only);
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    progress.add(delivery(2), 3_000);
    vi.advanceTimersByTime(1_000);
    expect(said).toEqual(['ack.2 +WPI']);
  });

  it('says nothing of what nobody waits for any more', () => {
    const { progress, said } = ticker();
    const orphan = delivery(1);
    progress.add(orphan, 3_000);
    orphan.disown();
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual([]);
  });

  it('counts only what was sent as heard by the server', () => {
    const { progress } = ticker(false);
    const waiting = delivery(1);
    const { touchedAt } = waiting;
    progress.add(waiting, 3_000);
    vi.advanceTimersByTime(5_000);
    expect(waiting.touchedAt).toBe(touchedAt);
  });
});
