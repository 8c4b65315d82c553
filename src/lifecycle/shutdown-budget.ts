/** Moments of a shutdown, in milliseconds from its beginning. */
export interface ShutdownBudget {
  /** What is still in flight is cut off: SIGTERM to the sub-runtime. */
  readonly cutOffMs: number;
  /** SIGKILL to the sub-runtime and its descendants. */
  readonly killMs: number;
}

const LONGEST_END_MS = 3_000;

/** Divides the grace: at most its last fifth, and at most 3 s, are for ending the sub-runtime. */
export function shutdownBudget(graceMs: number): ShutdownBudget {
  const end = Math.min(LONGEST_END_MS, graceMs / 5);
  return { cutOffMs: graceMs - end, killMs: graceMs - end / 2 };
}
