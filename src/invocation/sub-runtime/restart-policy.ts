export const FIRST_RESTART_MS = 100;
export const LONGEST_RESTART_MS = 30_000;

/**
 * How long to wait before a sub-runtime starts again. A death after completed work waits 100 ms; deaths before it was
 * ready, or before it completed an invocation, double that up to 30 s, so that a broken function costs nothing.
 */
export class RestartPolicy {
  private earlyDeaths = 0;

  /** Delay in milliseconds before the next start. */
  delayAfterDeath(completedAnInvocation: boolean): number {
    if (completedAnInvocation) this.earlyDeaths = 0;
    const delay = Math.min(FIRST_RESTART_MS * 2 ** this.earlyDeaths, LONGEST_RESTART_MS);
    if (!completedAnInvocation) this.earlyDeaths++;
    return delay;
  }
}
