import { expect, it } from 'vitest';
import { SecondSums } from './second-sums.js';

it('keeps the triggers apart, and has no durations of what never began', () => {
  const sums = new SecondSums();
  sums.add('http', false, 3);
  sums.add('nightly', true, undefined);
  expect(sums.take()).toEqual([
    { trigger: 'http', settled: 1, failed: 0, p50Ms: 3, p99Ms: 3 },
    { trigger: 'nightly', settled: 1, failed: 1 },
  ]);
  expect(sums.take()).toEqual([]);
});

it('draws the durations of a busy second by lot, so that its end counts as much as its beginning', () => {
  const sums = new SecondSums();
  for (let index = 0; index < 100_000; index++) sums.add('http', false, index);
  const [{ settled, p50Ms = 0 } = { settled: 0 }] = sums.take();
  expect(settled).toBe(100_000);
  // Ten standard deviations of the median of a thousand.
  expect(Math.abs(p50Ms - 50_000)).toBeLessThan(16_000);
});
