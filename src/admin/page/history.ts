import type { LiveSecond, LiveSums } from '../../figures/live-events.js';

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
  private seconds: Second[] = [];

  add({ at, triggers, total }: LiveSecond): void {
    const second = Math.round(at / 1_000);
    this.seconds.push({ at: second, total, byTrigger: new Map(triggers.map((sums) => [sums.trigger, sums])) });
    this.seconds = this.seconds.filter((one) => one.at > second - SECONDS);
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
  rateOf(trigger: string, seconds = 60): { readonly perSecond: number; readonly failedShare: number } {
    const lately = this.of(trigger).slice(-seconds);
    const settled = lately.reduce((sum, { sums }) => sum + sums.settled, 0);
    const failed = lately.reduce((sum, { sums }) => sum + sums.failed, 0);
    return {
      perSecond: lately.length === 0 ? 0 : settled / lately.length,
      failedShare: settled === 0 ? 0 : failed / settled,
    };
  }
}
