/** Milliseconds before each further attempt where nothing else is configured: 1 s, 5 s, then 30 s. */
export const DEFAULT_BACKOFF_MS: readonly number[] = [1_000, 5_000, 30_000];

/** The longest `Retry-After` that is followed: an hour. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Milliseconds before the attempt after `attempts` failed ones, +-50 % so that replicas do not come together; the last of
 * `delaysMs` repeats.
 */
export function backOffMs(delaysMs: readonly number[], attempts: number): number {
  const delay = delaysMs[attempts - 1] ?? delaysMs.at(-1) ?? 0;
  return Math.round(delay * (0.5 + Math.random()));
}

/**
 * Milliseconds that a `Retry-After` asks for, seconds or an HTTP date, at most an hour; `undefined` where there is none
 * or it is neither. @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs(headers: readonly string[], now: number): number | undefined {
  const index = headers.findIndex((text, position) => position % 2 === 0 && text.toLowerCase() === 'retry-after');
  const value = index < 0 ? undefined : headers[index + 1]?.trim();
  if (!value) return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(0, delay), MAX_RETRY_AFTER_MS);
}
