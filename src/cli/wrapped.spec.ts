import { expect, it } from 'vitest';
import { wrapped } from './wrapped.js';

it.each([
  ['one two three', 7, ['one two', 'three']],
  ['one two three', 8, ['one two', 'three']],
  ['one two three', 13, ['one two three']],
  ['a much-longer-word b', 5, ['a', 'much-longer-word', 'b']],
  ['', 5, ['']],
  ['one two', Number.POSITIVE_INFINITY, ['one two']],
])('breaks "%s" at %d characters', (text, width, lines) => {
  expect(wrapped(text, width)).toEqual(lines);
});
