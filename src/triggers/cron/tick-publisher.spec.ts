import type { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TickPublisher } from './tick-publisher.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const DEADLINE_MS = 2_000;

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

function publisher(publish: (id: string) => Promise<unknown>) {
  const lines: string[] = [];
  const missed: number[] = [];
  const write = (line: string) => void lines.push(line);
  const jetStream = {
    publish: (_subject: string, _body: unknown, _headers: unknown, options?: { msgID?: string }) =>
      publish(options?.msgID ?? '') as never,
  };
  const ticks = new TickPublisher({
    jetStream,
    subject: 'tributary.tick.shop.cron',
    startingDeadlineMs: DEADLINE_MS,
    idOf: (scheduledAt) => `shop/cron@${scheduledAt - NOW}`,
    bodyOf: () => '{}',
    onMissed: (scheduledAt) => missed.push(scheduledAt - NOW),
    logger: { warn: write, log: write } as unknown as Logger,
  });
  return { ticks, lines, missed };
}

describe('ticks on their way to the stream', () => {
  it('are published in their order, one at a time, each under its id', async () => {
    const published: string[] = [];
    const { ticks } = publisher(async (id) => void published.push(id));
    for (const at of [0, 1_000, 2_000]) ticks.add(NOW + at);
    await vi.advanceTimersByTimeAsync(0);
    expect(published).toEqual(['shop/cron@0', 'shop/cron@1000', 'shop/cron@2000']);
  });

  it('are tried again until the server has them; what happens is said once', async () => {
    let isAway = true;
    const published: string[] = [];
    const { ticks, lines, missed } = publisher(async (id) => {
      if (isAway) throw new Error('there is no connection to NATS');
      published.push(id);
    });
    ticks.add(NOW);
    ticks.add(NOW + 1_000);
    await vi.advanceTimersByTimeAsync(1_500);
    isAway = false;
    await vi.advanceTimersByTimeAsync(500);
    expect(published).toEqual(['shop/cron@0', 'shop/cron@1000']);
    expect(missed).toEqual([]);
    expect(lines).toEqual([
      'Ticks cannot be published, and wait to their starting deadline: there is no connection to NATS',
      'Ticks are published to tributary.tick.shop.cron again',
    ]);
  });

  it('are missed at their deadline, never published later', async () => {
    const tried: number[] = [];
    const { ticks, missed } = publisher(() => {
      tried.push(Date.now() - NOW);
      return Promise.reject(new Error('away'));
    });
    ticks.add(NOW);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(missed).toEqual([0]);
    expect(Math.max(...tried)).toBeLessThanOrEqual(DEADLINE_MS);
  });

  it('are left to the other replicas when the host ends', async () => {
    let calls = 0;
    const { ticks, missed } = publisher(() => {
      calls++;
      return Promise.reject(new Error('away'));
    });
    ticks.add(NOW);
    await vi.advanceTimersByTimeAsync(0);
    ticks.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toBe(1);
    expect(missed).toEqual([]);
  });
});
