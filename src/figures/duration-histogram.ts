import type { HistogramCounts } from './figure.js';

/** From what a quick function takes to what the longest deadline allows. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];
const BOUNDS_SECONDS = BOUNDS_MS.map((milliseconds) => milliseconds / 1_000);

/** Counts durations by size. On the way of every event: two additions and a search among sixteen numbers. */
export class DurationHistogram implements HistogramCounts {
  readonly boundsSeconds: readonly number[] = BOUNDS_SECONDS;
  readonly counts: number[] = [...BOUNDS_MS, Infinity].map(() => 0);
  private sumMs = 0;

  get sumSeconds(): number {
    return this.sumMs / 1_000;
  }

  observe(milliseconds: number): void {
    let index = 0;
    while (index < BOUNDS_MS.length && milliseconds > (BOUNDS_MS[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sumMs += milliseconds;
  }
}
