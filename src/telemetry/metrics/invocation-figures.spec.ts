import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { invocationSettled, invocationStarted } from '../../invocation/invocation.channel.js';
import type { LaneOptions, TriggerEvent } from '../../invocation/trigger-event.js';
import { InvocationFigures } from './invocation-figures.js';

const lane: LaneOptions = {
  triggerName: 'orders',
  triggerType: 'nats',
  whenUnavailable: 'wait',
  whenOverloaded: 'wait',
};
const labels = { trigger: 'orders', type: 'nats' };
const event: TriggerEvent = { requestId: 'r', payload: {}, attempt: 1 };

let figures: InvocationFigures;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  figures = new InvocationFigures();
  figures.onModuleInit();
});
afterEach(() => {
  figures.onApplicationShutdown();
  vi.useRealTimers();
});

const settle = (kind: string, waitedMs = 0, ranMs = 0, began = true, of = lane) =>
  invocationSettled.publish({ lane: of, event, outcome: { kind }, waitedMs, ranMs, began });

function samplesOf(name: string) {
  return figures.figures().find((one) => one.name === name)?.samples ?? [];
}

describe('InvocationFigures', () => {
  it('counts the ends of the invocations of each trigger, of all its lanes', () => {
    settle('succeeded');
    settle('timed-out');
    settle('timed-out', 0, 0, true, { ...lane });
    const counts = samplesOf('invocations_total').filter(({ value }) => value !== 0);
    expect(counts).toEqual([
      { labels: { ...labels, outcome: 'succeeded' }, value: 1 },
      { labels: { ...labels, outcome: 'timed-out' }, value: 2 },
    ]);
  });

  it('measures waiting of all, and running of those that began', () => {
    settle('succeeded', 20, 300);
    settle('expired', 1_000, 0, false);
    expect(samplesOf('invocation_waiting_seconds')).toMatchObject([{ labels, value: { sumSeconds: 1.02 } }]);
    expect(samplesOf('invocation_running_seconds')).toMatchObject([{ labels, value: { sumSeconds: 0.3 } }]);
  });

  it('measures how late planned events began, at their first attempt alone', () => {
    const start = (plannedAt: number | undefined, attempt = 1) =>
      invocationStarted.publish({ lane, event: { ...event, plannedAt, attempt }, waitedMs: 0, worker: 0 });
    start(undefined);
    expect(samplesOf('invocation_late_seconds')).toEqual([]);
    start(998_000);
    start(990_000, 2);
    // A clock that was set back.
    start(1_000_500);
    expect(samplesOf('invocation_late_seconds')).toMatchObject([{ labels, value: { sumSeconds: 2 } }]);
  });

  it('listens no more once the host has ended', () => {
    figures.onApplicationShutdown();
    settle('succeeded');
    expect(samplesOf('invocations_total')).toEqual([]);
  });
});
