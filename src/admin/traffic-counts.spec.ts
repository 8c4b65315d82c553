import { describe, expect, it } from 'vitest';
import { DurationHistogram } from '../figures/duration-histogram.js';
import type { Figure } from '../figures/figure.js';
import { quantileOf, TrafficCounts } from './traffic-counts.js';

/** The figures of triggers, given by how often they succeeded and failed, and how long each took in milliseconds. */
function figuresOf(triggers: Record<string, { succeeded: number; failed: number; tookMs: number }>): Figure[] {
  const entries = Object.entries(triggers);
  return [
    {
      kind: 'counter',
      name: 'invocations_total',
      help: '',
      samples: entries.flatMap(([trigger, { succeeded, failed }]) => [
        { labels: { trigger, outcome: 'succeeded' }, value: succeeded },
        { labels: { trigger, outcome: 'failed' }, value: failed },
      ]),
    },
    {
      kind: 'histogram',
      name: 'invocation_running_seconds',
      help: '',
      samples: entries.map(([trigger, { succeeded, failed, tookMs }]) => {
        const value = new DurationHistogram();
        for (let count = 0; count < succeeded + failed; count++) value.observe(tookMs);
        return { labels: { trigger }, value };
      }),
    },
    { kind: 'counter', name: 'other', help: '', samples: [{ value: 7 }] },
  ];
}

describe('the counts of invocations', () => {
  it('tell what came since others, of each trigger where anything did, and of all', () => {
    const before = new TrafficCounts(
      figuresOf({ http: { succeeded: 10, failed: 1, tookMs: 3 }, cron: { succeeded: 1, failed: 0, tookMs: 3 } }),
    );
    const now = new TrafficCounts(
      figuresOf({
        http: { succeeded: 14, failed: 3, tookMs: 3 },
        cron: { succeeded: 1, failed: 0, tookMs: 3 },
        nats: { succeeded: 2, failed: 0, tookMs: 3 },
      }),
    );
    const quantiles = { p50Ms: 3.75, p99Ms: 4.975 };
    expect(now.since(before)).toEqual([
      { trigger: 'http', settled: 6, failed: 2, ...quantiles },
      { trigger: 'nats', settled: 2, failed: 0, ...quantiles },
    ]);
    expect(now.totalSince(before)).toEqual({ settled: 8, failed: 2, ...quantiles });
    expect(now.totalSince(now)).toBeUndefined();
  });
});

describe('a quantile of a histogram', () => {
  it.each([
    [[0, 0, 0], 0.5, undefined],
    [[4, 0, 0], 0.5, 500],
    [[1, 1, 0], 0.99, 1_980],
    [[0, 0, 3], 0.5, 2_000],
  ])('of %j for %d is %s ms', (buckets, share, expected) => {
    const found = quantileOf(buckets, [1, 2], share);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 6);
  });
});
