import { randomFillSync } from 'node:crypto';

const IDS = '(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}';
/** Only versions above 00 may have more than flags, in characters that a header can carry. */
const TRACEPARENT = new RegExp(`^(00-${IDS}|(?!00|ff)[0-9a-f]{2}-${IDS}(-[!-~]*)?)$`);

/** A `traceparent` as it came, if it is valid. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function validTraceparent(value: string | undefined): string | undefined {
  return value !== undefined && TRACEPARENT.test(value) ? value : undefined;
}

const ID_BYTES = 24;
const pool = Buffer.allocUnsafe(ID_BYTES * 256);
let used = pool.length;

/** A new `traceparent`, not sampled. Random bytes are drawn 256 ids at a time. */
export function newTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, used + ID_BYTES);
  used += ID_BYTES;
  return `00-${id.slice(0, 32)}-${id.slice(32)}-00`;
}
