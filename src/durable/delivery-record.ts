import type { LastOutcome } from './last-outcome.js';

/** What is known of the earlier deliveries of a message, over all replicas. */
export interface DeliveryRecord {
  /** The last delivery that a host lived to settle; those after it died with their hosts. */
  readonly settled: number;
  /** Runs that ended in failure. */
  readonly failures: number;
  /** Deliveries that are not charged: handed back without a run, or kept for a letter that could not be written. */
  readonly free: number;
  /** It was given up, and its letter could not be written: what the letter says. It is not run again. */
  readonly last?: LastOutcome | undefined;
}

export const NO_RECORD: DeliveryRecord = { settled: 0, failures: 0, free: 0 };

export function writeRecord(record: DeliveryRecord, publishedAt: number): string {
  return JSON.stringify({ ...record, publishedAt });
}

/**
 * `NO_RECORD` for what no host has written, or what is of another message: a stream that is made anew gives its sequences
 * once more.
 */
export function readRecord(text: string, publishedAt: number): DeliveryRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NO_RECORD;
  }
  const { settled, failures, free, last, publishedAt: of } = (value ?? {}) as Record<string, unknown>;
  if (of !== publishedAt || !isCount(settled) || !isCount(failures) || !isCount(free)) return NO_RECORD;
  // Each delivery is one or the other, or was lost.
  if (failures + free > settled) return NO_RECORD;
  return { settled, failures, free, ...(isLast(last) && { last }) };
}

function isLast(value: unknown): value is LastOutcome {
  return typeof value === 'object' && value !== null && 'reason' in value && 'kind' in value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
