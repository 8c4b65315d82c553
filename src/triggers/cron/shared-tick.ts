/** A tick as replicas agree on it: the message in the stream, from which its event is made by whoever runs it. */
export interface SharedTick {
  /** The planned instant, epoch milliseconds. */
  readonly scheduledAt: number;
  readonly schedule: string;
  readonly timeZone: string;
  /** `undefined` where there are none. */
  readonly args?: unknown;
}

export function writeTick({ scheduledAt, ...tick }: SharedTick): string {
  return JSON.stringify({ scheduledAt: new Date(scheduledAt).toISOString(), ...tick });
}

/** The body of its event. */
export function bodyOfTick({ args }: SharedTick): string {
  return args === undefined ? '' : JSON.stringify(args);
}

/** `undefined` for what no host has written. */
export function readTick(data: Uint8Array): SharedTick | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { scheduledAt, schedule, timeZone, args } = value as Record<string, unknown>;
  const instant = typeof scheduledAt === 'string' ? Date.parse(scheduledAt) : Number.NaN;
  if (Number.isNaN(instant) || typeof schedule !== 'string' || typeof timeZone !== 'string') return undefined;
  return { scheduledAt: instant, schedule, timeZone, args };
}
