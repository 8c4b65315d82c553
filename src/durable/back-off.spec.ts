import { afterEach, describe, expect, it, vi } from 'vitest';
import { backOffMs, retryAfterMs } from './back-off.js';

const NOW = Date.parse('2026-11-24T10:00:00Z');

afterEach(() => vi.restoreAllMocks());

describe('section 8: the back-off', () => {
  it.each([
    [1, 1_000],
    [2, 5_000],
    [3, 30_000],
    [9, 30_000],
  ])('after %d attempts is %d ms, and the last repeats', (attempts, milliseconds) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    expect(backOffMs([1_000, 5_000, 30_000], attempts)).toBe(milliseconds);
  });

  it.each([
    [0, 500],
    [0.999_999, 1_500],
  ])('varies by half: %d gives %d', (random, milliseconds) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    expect(backOffMs([1_000], 1)).toBe(milliseconds);
  });
});

describe('RFC 9110, 10.2.3: Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5_000],
    ['Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
    ['86400', 3_600_000],
    ['Wed, 25 Nov 2026 10:00:00 GMT', 3_600_000],
  ])('%j is %d ms, at most an hour', (value, milliseconds) => {
    expect(retryAfterMs(['X', 'y', 'retry-after', value], NOW)).toBe(milliseconds);
  });

  it.each(['soon', '', '-1s', '1.5 s'])('%j says nothing', (value) => {
    expect(retryAfterMs(['Retry-After', value], NOW)).toBeUndefined();
  });

  it('is a name, not a value that looks like one', () => {
    expect(retryAfterMs(['X', 'Retry-After', 'Y', '5'], NOW)).toBeUndefined();
    expect(retryAfterMs([], NOW)).toBeUndefined();
  });
});
