import { expect, it } from 'vitest';
import { readRetryAfter } from './otlp-sender.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

it.each([
  [null, undefined],
  ['0', 0],
  ['7', 7_000],
  ['999999999', 60_000],
  ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
  ['Thu, 01 Jan 2025 00:00:00 GMT', 0],
  ['soon', undefined],
])('Retry-After %j is %j ms', (value, expected) => {
  expect(readRetryAfter(value, NOW)).toBe(expected);
});
