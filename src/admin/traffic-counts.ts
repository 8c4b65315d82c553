import type { Figure, FigureLabels } from '../figures/figure.js';
import type { LiveSums } from '../figures/live-events.js';

/** What has been counted of invocations since the start of the host. */
interface Counts {
  settled: number;
  failed: number;
  /** How many ran so long, by the bounds of the histogram. */
  buckets: readonly number[];
}

/** The counts of each trigger at one instant, out of the host's figures. */
export class TrafficCounts {
  private readonly byTrigger = new Map<string, Counts>();
  private boundsSeconds: readonly number[] = [];

  constructor(figures: readonly Figure[]) {
    for (const one of figures) {
      if (one.kind === 'counter' && one.name === 'invocations_total') {
        for (const { labels, value } of one.samples) this.addOutcome(labels, value);
      } else if (one.kind === 'histogram' && one.name === 'invocation_running_seconds') {
        for (const { labels, value } of one.samples) {
          this.boundsSeconds = value.boundsSeconds;
          this.of(labels).buckets = [...value.counts];
        }
      }
    }
  }

  /** What was added after those counts, trigger by trigger, where anything was. */
  since(before: TrafficCounts): LiveSums[] {
    return [...this.byTrigger].flatMap(([trigger, counts]) => {
      const added = difference(counts, before.byTrigger.get(trigger));
      return added.settled > 0 ? [{ trigger, ...this.sumsOf(added) }] : [];
    });
  }

  /** The same of all triggers. */
  totalSince(before: TrafficCounts): Omit<LiveSums, 'trigger'> | undefined {
    const added = difference(sum(this.byTrigger.values()), sum(before.byTrigger.values()));
    return added.settled > 0 ? this.sumsOf(added) : undefined;
  }

  private sumsOf({ settled, failed, buckets }: Counts): Omit<LiveSums, 'trigger'> {
    const [p50, p99] = [0.5, 0.99].map((share) => quantileOf(buckets, this.boundsSeconds, share));
    return { settled, failed, ...(p50 !== undefined && p99 !== undefined && { p50Ms: p50, p99Ms: p99 }) };
  }

  private addOutcome(labels: FigureLabels | undefined, value: number): void {
    const counts = this.of(labels);
    counts.settled += value;
    if (labels?.['outcome'] !== 'succeeded') counts.failed += value;
  }

  private of(labels: FigureLabels | undefined): Counts {
    const trigger = labels?.['trigger'] ?? '';
    let counts = this.byTrigger.get(trigger);
    if (!counts) this.byTrigger.set(trigger, (counts = { settled: 0, failed: 0, buckets: [] }));
    return counts;
  }
}

function sum(all: Iterable<Counts>): Counts {
  const total = { settled: 0, failed: 0, buckets: [] as number[] };
  for (const { settled, failed, buckets } of all) {
    total.settled += settled;
    total.failed += failed;
    total.buckets = buckets.map((count, index) => count + (total.buckets[index] ?? 0));
  }
  return total;
}

function difference(counts: Counts, before: Counts | undefined): Counts {
  return {
    settled: counts.settled - (before?.settled ?? 0),
    failed: counts.failed - (before?.failed ?? 0),
    buckets: counts.buckets.map((count, index) => count - (before?.buckets[index] ?? 0)),
  };
}

/**
 * Milliseconds, taking what is between two bounds for evenly spread, as Prometheus' `histogram_quantile` does; `undefined`
 * where there is nothing. What is over the last bound is taken for it.
 */
export function quantileOf(
  buckets: readonly number[],
  boundsSeconds: readonly number[],
  share: number,
): number | undefined {
  const wanted = share * buckets.reduce((all, count) => all + count, 0);
  if (wanted === 0) return undefined;
  let below = 0;
  const index = buckets.findIndex((count) => (below += count) >= wanted);
  const count = buckets[index] ?? 0;
  const lower = boundsSeconds[index - 1] ?? 0;
  const upper = boundsSeconds[index] ?? lower;
  const seconds = lower + (upper - lower) * ((wanted - below + count) / count);
  // To the microsecond: more digits say nothing.
  return Math.round(seconds * 1_000_000) / 1_000;
}
