import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { atOnce, OneAtATime } from './one-at-a-time.js';
import type { TickEnd } from './tick-source.js';

const SECOND = 1_000;
const T0 = Date.parse('2026-01-01T00:00:00Z');

beforeEach(() => void vi.useFakeTimers({ now: T0 }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Ticks by the second for which they are planned; `log` tells when each began and how it ended. */
function harness() {
  const policy = new OneAtATime();
  const log: string[] = [];
  const now = () => (Date.now() - T0) / SECOND;
  return {
    log,
    take: (planned: number, lastsMs: number): void => {
      const run = async (): Promise<TickEnd> => {
        log.push(`${planned} begins at ${now()}`);
        await new Promise((resolve) => setTimeout(resolve, lastsMs));
        return { kind: 'succeeded' };
      };
      void policy.take(T0 + planned * SECOND, run).then(({ kind }) => {
        if (kind !== 'succeeded') log.push(`${planned} ${kind} at ${now()}`);
      });
    },
  };
}

describe('OneAtATime', () => {
  it('section 1: skips a tick at once while the run before it lasts', async () => {
    const { take, log } = harness();
    take(0, 2_500);
    await pass(SECOND);
    take(1, 10);
    await pass(0);
    expect(log).toEqual(['0 begins at 0', '1 skipped at 1']);
  });

  it('section 1: runs a tick of the moment in which the run before it ended', async () => {
    const { take, log } = harness();
    take(0, SECOND);
    await pass(SECOND);
    take(1, 10);
    expect(log).toEqual(['0 begins at 0', '1 begins at 1']);
  });

  it('section 1: runs ticks that come late one after the other', async () => {
    const { take, log } = harness();
    await pass(3 * SECOND);
    for (const planned of [1, 2, 3]) take(planned, 20);
    await pass(SECOND);
    expect(log).toEqual(['1 begins at 3', '2 begins at 3.02', '3 begins at 3.04']);
  });

  it('section 1: a late tick is skipped where the run before it lasts longer than the time between them', async () => {
    const { take, log } = harness();
    await pass(4 * SECOND);
    for (const planned of [1, 2, 3, 4]) take(planned, 1_500);
    await pass(5 * SECOND);
    expect(log).toEqual(['1 begins at 4', '3 begins at 5.5', '2 skipped at 5.5', '4 skipped at 7']);
  });

  it('section 1: a late tick is not skipped where the run before it lasts just as long as the time between them', async () => {
    const { take, log } = harness();
    await pass(4 * SECOND);
    for (const planned of [1, 2, 3]) take(planned, SECOND);
    await pass(5 * SECOND);
    expect(log).toEqual(['1 begins at 4', '2 begins at 5', '3 begins at 6']);
  });

  it('a tick in time joins the late ones before it', async () => {
    const { take, log } = harness();
    await pass(3_990);
    for (const planned of [1, 2, 3]) take(planned, 20);
    await pass(10);
    take(4, 20);
    await pass(SECOND);
    expect(log.at(-1)).toBe('4 begins at 4.05');
  });

  it('section 1: a run that was under way while the process stood still skips nothing when it ends soon after', async () => {
    const { take, log } = harness();
    take(0, 700);
    await pass(500);
    vi.setSystemTime(T0 + 3_500);
    for (const planned of [1, 2, 3]) take(planned, 20);
    await pass(SECOND);
    expect(log).toEqual(['0 begins at 0', '1 begins at 3.7', '2 begins at 3.72', '3 begins at 3.74']);
  });

  it('section 1: a run that was under way then, and goes on, skips what overlaps its rest', async () => {
    const { take, log } = harness();
    take(0, 3_000);
    await pass(500);
    vi.setSystemTime(T0 + 3_500);
    for (const planned of [1, 2, 3]) take(planned, 20);
    await pass(3 * SECOND);
    expect(log).toEqual(['0 begins at 0', '3 begins at 6', '1 skipped at 6', '2 skipped at 6']);
  });

  it('goes on after a run that failed inside the host', async () => {
    const policy = new OneAtATime();
    await expect(policy.take(T0, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    await expect(policy.take(T0, () => Promise.resolve({ kind: 'succeeded' }))).resolves.toEqual({ kind: 'succeeded' });
  });
});

describe('atOnce', () => {
  it('section 1: runs every tick beside those that are not over', async () => {
    const run = vi.fn(() => new Promise<TickEnd>(() => undefined));
    void atOnce.take(T0, run);
    void atOnce.take(T0 + SECOND, run);
    await pass(0);
    expect(run).toHaveBeenCalledTimes(2);
  });
});
