import type { LiveSecond, LiveSums } from '../../figures/live-events.js';
import type { TrafficSpan } from '../../figures/recent-traffic.js';

/** Seconds that are kept, and shown. */
export const SECONDS = 300;

export type Sums = Omit<LiveSums, 'trigger'>;

const NOTHING: Sums = { settled: 0, failed: 0 };

interface Second {
  /** Epoch seconds. */
  readonly at: number;
  readonly total: Sums | undefined;
  readonly byTrigger: ReadonlyMap<string, Sums>;
}

/** The last five minutes, second by second, of all triggers and of each. */
export class History {
  /** Epoch seconds of the first one that this page has seen itself; what lies before is partly estimated. */
  seenSince: number | undefined;
  private seconds: Second[] = [];

  add({ at, triggers, total }: LiveSecond): void {
    const second = Math.round(at / 1_000);
    this.seenSince ??= second;
    // What was estimated of it; or the clock has been set back.
    while (this.newest >= second) this.seconds.pop();
    this.seconds.push({ at: second, total, byTrigger: byTrigger(triggers) });
    this.forget();
  }

  /** Takes over what the host remembers of the seconds that this page has not seen. */
  addPast(spans: readonly TrafficSpan[]): void {
    const known = new Set(this.seconds.map(({ at }) => at));
    const missing = spans.flatMap(secondsOf).filter(({ at }) => !known.has(at));
    const unique = new Map([...missing, ...this.seconds].map((second) => [second.at, second]));
    this.seconds = [...unique.values()].sort((one, other) => one.at - other.at);
    this.forget();
  }

  get isEmpty(): boolean {
    return this.seconds.length === 0;
  }

  /** Oldest first; of one trigger, or of all. */
  of(trigger: string | undefined): { readonly at: number; readonly sums: Sums }[] {
    return this.seconds.map(({ at, total, byTrigger }) => ({
      at,
      sums: (trigger === undefined ? total : byTrigger.get(trigger)) ?? NOTHING,
    }));
  }

  /** A second, and of those that failed the share, over the last `seconds`. */
  rateOf(trigger: string | undefined, seconds = 60): { readonly perSecond: number; readonly failedShare: number } {
    const lately = this.of(trigger).filter(({ at }) => at > this.newest - seconds);
    const settled = lately.reduce((sum, { sums }) => sum + sums.settled, 0);
    const failed = lately.reduce((sum, { sums }) => sum + sums.failed, 0);
    return {
      perSecond: lately.length === 0 ? 0 : settled / lately.length,
      failedShare: settled === 0 ? 0 : failed / settled,
    };
  }

  private get newest(): number {
    return this.seconds.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  }

  private forget(): void {
    this.seconds = this.seconds.filter(({ at }) => at > this.newest - SECONDS);
  }
}

function byTrigger(triggers: readonly LiveSums[]): Map<string, Sums> {
  return new Map(triggers.map((sums) => [sums.trigger, sums]));
}

/** Spread evenly: nobody knows more. */
function secondsOf({ at, seconds, triggers, total }: TrafficSpan): Second[] {
  const [begin, end] = [at / 1_000 - seconds, at / 1_000].map((edge) => Math.round(edge)) as [number, number];
  const each = <Kind extends Sums>(sums: Kind): Kind => ({
    ...sums,
    settled: sums.settled / seconds,
    failed: sums.failed / seconds,
  });
  return Array.from({ length: end - begin }, (_, index) => ({
    at: begin + 1 + index,
    total: total && each(total),
    byTrigger: byTrigger(triggers.map(each)),
  }));
}
