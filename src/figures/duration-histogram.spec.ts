import { describe, expect, it } from 'vitest';
import { DurationHistogram } from './duration-histogram.js';

describe('DurationHistogram', () => {
  it('counts a duration at the first bound that is not below it', () => {
    const histogram = new DurationHistogram();
    for (const milliseconds of [0, 1, 1.5, 300_000, 300_001]) histogram.observe(milliseconds);
    const byBound = histogram.counts.map((count, index) => [histogram.boundsSeconds[index] ?? Infinity, count]);
    expect(byBound.filter(([, count]) => count)).toEqual([
      [0.001, 2],
      [0.0025, 1],
      [300, 1],
      [Infinity, 1],
    ]);
  });

  it('sums up in seconds', () => {
    const histogram = new DurationHistogram();
    histogram.observe(1_500);
    histogram.observe(500);
    expect(histogram.sumSeconds).toBe(2);
  });
});
