import { expect, it } from 'vitest';
import { duration } from './duration.js';

it.each([
  [0, '0 ms'],
  [250, '250 ms'],
  [1_000, '1 s'],
  [1_500, '1.5 s'],
  [1_234, '1234 ms'],
  [90_000, '1.5 min'],
  [300_000, '5 min'],
  [65_000, '1 min 5 s'],
  [1_599_000, '26 min 39 s'],
  [3_661_000, '1 h 1 min 1 s'],
  [61_001, '61001 ms'],
  [3_600_000, '1 h'],
])('writes %d milliseconds as %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});
