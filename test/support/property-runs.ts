import type { Parameters } from 'fast-check';

const { FAST_CHECK_FACTOR = '1', FAST_CHECK_SEED, FAST_CHECK_PATH } = process.env;

/** By how much more than usual properties are tried: `FAST_CHECK_FACTOR=50 npx vitest run …` looks for faults at night. */
export const FACTOR = Number(FAST_CHECK_FACTOR);

/**
 * How often a property is tried. A failure prints its seed and path; `FAST_CHECK_SEED` and `FAST_CHECK_PATH` repeat it.
 *
 * @param usual Runs in an ordinary test run.
 */
export function runs<T = unknown>(usual: number): Parameters<T> {
  return {
    numRuns: Math.ceil(usual * FACTOR),
    ...(FAST_CHECK_SEED && { seed: Number(FAST_CHECK_SEED) }),
    ...(FAST_CHECK_PATH && { path: FAST_CHECK_PATH }),
  };
}
