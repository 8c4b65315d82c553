import { describe, expect, it } from 'vitest';
import type { DeadLetter } from './dead-letter.js';
import { isEmptyFilter, type LetterFilter, matchesFilter, readLetterFilter } from './letter-filter.js';

const letter = {
  trigger: 'nats',
  reason: 'host died',
  requestId: 'ORDERS-7',
  subject: 'orders.eu.new',
  lastAt: '2026-01-02T00:00:00.000Z',
} as DeadLetter;

describe('a filter of dead letters', () => {
  it.each([
    [{}, true],
    [{ trigger: 'nats' }, true],
    [{ trigger: 'nat' }, false],
    [{ reason: 'host died' }, true],
    [{ reason: 'failed' }, false],
    [{ requestId: 'ORDERS-7' }, true],
    [{ requestId: 'ORDERS-70' }, false],
    [{ subject: 'orders.eu.new' }, true],
    [{ subject: 'orders.*.new' }, true],
    [{ subject: 'orders.>' }, true],
    [{ subject: 'orders.*' }, false],
    [{ before: '2026-01-03' }, true],
    [{ before: '2026-01-02T00:00:00Z' }, false],
    [{ after: '2026-01-02T00:00:00Z' }, true],
    [{ after: '2026-01-02T00:00:00+01:00', before: '2026-01-02T00:00:01Z' }, true],
    [{ after: '2026-01-02T00:00:00.001Z' }, false],
    [{ trigger: 'nats', reason: 'failed' }, false],
  ])('%j: %s', (given, expected) => {
    expect(matchesFilter(letter, readLetterFilter(given))).toBe(expected);
  });

  it('by time does not fit a letter that does not tell its time', () => {
    const timeless = { ...letter, lastAt: '' };
    expect(matchesFilter(timeless, { before: Date.now() })).toBe(false);
    expect(matchesFilter(timeless, { after: 0 })).toBe(false);
  });

  it.each([
    [{ tigger: 'nats' }, 'tigger: expected one of trigger, reason, requestId, subject, before, after'],
    [{ toString: 'nats' }, 'toString: expected one of'],
    [{ trigger: 7 }, 'trigger: expected a text'],
    [{ trigger: '' }, 'trigger: expected a text'],
    [{ trigger: ['a', 'b'] }, 'trigger: expected a text'],
    [{ subject: 'orders..new' }, 'subject: expected a subject such as'],
    [{ before: '2026-01-02T00:00:00' }, 'before: expected a time with its zone'],
    [{ before: 'tomorrow' }, 'before: expected a time with its zone'],
    [{ after: '2026-13-02' }, 'after: expected a time with its zone'],
  ])('is not read from %j', (given, expected) => {
    expect(() => readLetterFilter(given)).toThrow(expected);
  });

  it('is empty where nothing is said', () => {
    expect(isEmptyFilter(readLetterFilter({ trigger: undefined }))).toBe(true);
    expect(isEmptyFilter(readLetterFilter({ trigger: 'nats' }))).toBe(false);
    expect(isEmptyFilter({ before: 0 } satisfies LetterFilter)).toBe(false);
  });
});
