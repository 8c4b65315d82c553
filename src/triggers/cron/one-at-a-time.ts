import type { TickEnd } from './tick-source.js';

/** A tick that begins later than this after its instant comes from a process that stood still. */
const LATE_MS = 100;

/** How the runs of one trigger relate to each other. */
export interface RunPolicy {
  /** Runs a tick now, later, or not at all; resolves with how it ended. */
  take(scheduledAt: number, run: () => Promise<TickEnd>): Promise<TickEnd>;
}

/** `Allow`: every tick runs at once, beside those that are not over. */
export const atOnce: RunPolicy = { take: (_scheduledAt, run) => run() };

interface Waiting {
  readonly scheduledAt: number;
  readonly begin: () => void;
  readonly skip: () => void;
}

interface Running {
  readonly scheduledAt: number;
  /** The instant from which its duration counts: the planned one, unless it began late. */
  countedFrom: number;
}

/**
 * `Forbid`: a tick whose predecessor is not over is skipped. A run is not over from its tick until it is settled: waiting
 * for the sub-runtime, all attempts and the back-off between them included.
 *
 * Ticks that come late, several at once, because the process stood still, are treated as though they had come in time:
 * they run one after the other, and a late run overlaps the next tick only if it lasts longer than the time between the
 * two as planned. So a stall skips nothing, and what a slow function skips is the same with and without a stall.
 */
export class OneAtATime implements RunPolicy {
  private readonly waiting: Waiting[] = [];
  private running: Running | undefined;

  take(scheduledAt: number, run: () => Promise<TickEnd>): Promise<TickEnd> {
    const { running } = this;
    if (!running) return this.run(scheduledAt, run);
    const now = Date.now();
    // Nobody knows how long a run lasted that was under way while the process stood still: its time counts anew.
    if (now - scheduledAt > LATE_MS) running.countedFrom = now;
    return new Promise((resolve, reject) => {
      this.waiting.push({
        scheduledAt,
        begin: () => void this.run(scheduledAt, run).then(resolve, reject),
        skip: () => resolve({ kind: 'skipped' }),
      });
      this.skipUpTo(endAsPlanned(running, now));
    });
  }

  private async run(scheduledAt: number, run: () => Promise<TickEnd>): Promise<TickEnd> {
    const now = Date.now();
    const running = { scheduledAt, countedFrom: now - scheduledAt > LATE_MS ? now : scheduledAt };
    this.running = running;
    try {
      return await run();
    } finally {
      this.running = undefined;
      // A tick of the very millisecond in which the run ended does not overlap it.
      this.skipUpTo(endAsPlanned(running, Date.now()) - 1);
      this.waiting.shift()?.begin();
    }
  }

  private skipUpTo(instant: number): void {
    for (let next = this.waiting[0]; next && next.scheduledAt <= instant; next = this.waiting[0]) {
      this.waiting.shift();
      next.skip();
    }
  }
}

/** When a run that ended, or is still under way, at `now` would have ended had it begun at its instant. */
function endAsPlanned({ scheduledAt, countedFrom }: Running, now: number): number {
  return scheduledAt + Math.max(0, now - countedFrom);
}
