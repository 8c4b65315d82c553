import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `work` has settled in either way, at the latest after `milliseconds`. Never rejects. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const quiet = (promise: Promise<unknown>) => promise.catch(() => undefined);
  await Promise.race([quiet(work), quiet(delay(milliseconds, undefined, { signal: timer.signal }))]);
  timer.abort();
}
