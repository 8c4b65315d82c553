/** Whole milliseconds of a clock that nobody sets: for everything that is waited for. Means nothing outside of this process. */
export function monotonicNow(): number {
  return Math.trunc(performance.now());
}
