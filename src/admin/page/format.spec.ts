import { expect, it } from 'vitest';
import { bytes, fromNow, milliseconds, perSecond, readable } from './format.js';

it.each([
  [milliseconds(1.234), '1.2 ms'],
  [milliseconds(45.6), '46 ms'],
  [milliseconds(12_345), '12.3 s'],
  [milliseconds(125_000), '2 min 5 s'],
  [bytes(12), '12 B'],
  [bytes(2_048), '2.0 KiB'],
  [fromNow('2026-01-01T03:12:30Z', Date.parse('2026-01-01T00:00:00Z')), 'in 3 h 12 min'],
  [fromNow('2026-01-03T00:00:05Z', Date.parse('2026-01-01T00:00:00Z')), 'in 2 d'],
  [fromNow('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:01Z')), 'now'],
  [perSecond(0), '0/s'],
  [perSecond(0.05), '3.0/min'],
  [perSecond(250.4), '250/s'],
  [readable('{"a":1}', false), '{\n  "a": 1\n}'],
  [readable('text', false), 'text'],
  [readable('{}', true), '{}'],
])('shows figures for people: %s', (shown, expected) => {
  expect(shown).toBe(expected);
});
