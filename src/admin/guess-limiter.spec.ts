import { expect, it } from 'vitest';
import { GUESS_WINDOW_MS, GuessLimiter, MAX_GUESSES } from './guess-limiter.js';

let time = 0;
const limiter = () => new GuessLimiter(() => time);

function guess(guesses: GuessLimiter, address: string, times = MAX_GUESSES): boolean[] {
  return Array.from({ length: times }, () => guesses.addWrong(address));
}

it('section 10: locks an address after ten wrong tokens, and says so once', () => {
  const guesses = limiter();
  expect(guess(guesses, '10.0.0.1', MAX_GUESSES - 1)).not.toContain(true);
  expect(guesses.lockedFor('10.0.0.1')).toBe(0);
  expect(guesses.addWrong('10.0.0.1')).toBe(true);
  expect(guesses.lockedFor('10.0.0.1')).toBe(GUESS_WINDOW_MS);
  expect(guesses.addWrong('10.0.0.1')).toBe(false);
});

it('section 10: ends a lock a minute after the first wrong token, however many came since', () => {
  const guesses = limiter();
  guess(guesses, '10.0.0.1', 5);
  time += GUESS_WINDOW_MS / 2;
  guess(guesses, '10.0.0.1', 500);
  expect(guesses.lockedFor('10.0.0.1')).toBe(GUESS_WINDOW_MS / 2);
  time += GUESS_WINDOW_MS / 2;
  expect(guesses.lockedFor('10.0.0.1')).toBe(0);
  expect(guess(guesses, '10.0.0.1')).toEqual([...Array.from({ length: MAX_GUESSES - 1 }, () => false), true]);
});

it('section 10: locks nobody else', () => {
  const guesses = limiter();
  guess(guesses, '10.0.0.1');
  expect(guesses.lockedFor('10.0.0.2')).toBe(0);
});

it.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
  ['2001:db8::1', '2001:db8:0:0:1::'],
  ['::1', '::2'],
])('section 10: takes %s and %s for one machine', (one, other) => {
  const guesses = limiter();
  guess(guesses, one);
  expect(guesses.lockedFor(other)).toBeGreaterThan(0);
});

it.each([
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['2001:db8::1', '2001:db8:0:1::1'],
  ['::1', '127.0.0.1'],
])('section 10: takes %s and %s for two', (one, other) => {
  const guesses = limiter();
  guess(guesses, one);
  expect(guesses.lockedFor(other)).toBe(0);
});

it('section 10: remembers a bounded number of addresses, those that began last', () => {
  const guesses = limiter();
  guess(guesses, 'first');
  guess(guesses, 'second');
  for (let address = 0; address < 9_998; address++) guesses.addWrong(`address ${address}`);
  guesses.addWrong('one more');
  expect(guesses.lockedFor('first')).toBe(0);
  expect(guesses.lockedFor('second')).toBeGreaterThan(0);
  expect((guesses as unknown as { guesses: Map<string, unknown> }).guesses.size).toBe(10_000);
});

it('section 10: forgets what is over', () => {
  const guesses = limiter();
  for (let address = 0; address < 100; address++) guesses.addWrong(`address ${address}`);
  time += GUESS_WINDOW_MS;
  guesses.addWrong('one more');
  expect((guesses as unknown as { guesses: Map<string, unknown> }).guesses.size).toBe(1);
});
