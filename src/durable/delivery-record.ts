import type { LastOutcome } from './last-outcome.js';

/** What is known of the earlier deliveries of a message, over all replicas. */
export interface DeliveryRecord {
  /** The last delivery that a host lived to settle. */
  readonly settled: number;
  /** Runs that ended in failure. */
  readonly failures: number;
  /** Runs that died with their hosts, `begun` not counted. */
  readonly lost: number;
  /** The last delivery that is known to have begun; beyond `settled`, its run died with its host. */
  readonly begun: number;
  /** It was given up, and its letter could not be written: what the letter says. It is not run again. */
  readonly last?: LastOutcome | undefined;
}

export const NO_RECORD: DeliveryRecord = { settled: 0, failures: 0, lost: 0, begun: 0 };

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
  const { settled, failures, lost, begun, last, publishedAt: of } = (value ?? {}) as Record<string, unknown>;
  if (of !== publishedAt || !isCount(settled) || !isCount(failures) || !isCount(lost) || !isCount(begun))
    return NO_RECORD;
  // No delivery is both, and each was one that the server counted.
  if (failures + lost > Math.max(settled, begun)) return NO_RECORD;
  return { settled, failures, lost, begun, ...(isLast(last) && { last }) };
}

function isLast(value: unknown): value is LastOutcome {
  return typeof value === 'object' && value !== null && 'reason' in value && 'kind' in value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
