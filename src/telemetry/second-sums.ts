import type { LiveSums } from '../figures/live-events.js';

/** Durations of one trigger and second that are kept; of more, as many are drawn by lot. */
const MAX_DURATIONS = 1_000;

interface Sums {
  settled: number;
  failed: number;
  began: number;
  readonly durations: number[];
}

/** Adds up what was settled in one second, trigger by trigger. */
export class SecondSums {
  private byTrigger = new Map<string, Sums>();

  /** `ranMs` is `undefined` for what never began. */
  add(trigger: string, hasFailed: boolean, ranMs: number | undefined): void {
    const sums = this.sumsOf(trigger);
    sums.settled++;
    if (hasFailed) sums.failed++;
    if (ranMs !== undefined) keep(sums, ranMs);
  }

  /** The sums since it was last asked. */
  take(): LiveSums[] {
    const taken = [...this.byTrigger];
    this.byTrigger = new Map();
    return taken.map(([trigger, { settled, failed, durations }]) => ({
      trigger,
      settled,
      failed,
      ...quantilesOf(durations),
    }));
  }

  private sumsOf(trigger: string): Sums {
    let sums = this.byTrigger.get(trigger);
    if (!sums) this.byTrigger.set(trigger, (sums = { settled: 0, failed: 0, began: 0, durations: [] }));
    return sums;
  }
}

/** Reservoir sampling, so that each has the same chance (Vitter's algorithm R). */
function keep(sums: Sums, ranMs: number): void {
  const { durations } = sums;
  const place = sums.began++;
  if (place < MAX_DURATIONS) durations.push(ranMs);
  else {
    const drawn = Math.floor(Math.random() * sums.began);
    if (drawn < MAX_DURATIONS) durations[drawn] = ranMs;
  }
}

function quantilesOf(durations: number[]): { p50Ms: number; p99Ms: number } | undefined {
  if (durations.length === 0) return undefined;
  const sorted = Float64Array.from(durations).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
