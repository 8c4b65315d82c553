import { describe, expect, it } from 'vitest';
import { letterId, readLetterId } from './letter-id.js';

describe('the id of a dead letter', () => {
  it.each([
    ['7', 'TRIBUTARY_DEAD_LETTERS', 7],
    ['GIVEN_UP/12', 'GIVEN_UP', 12],
  ])('%s is where it lies', (id, stream, sequence) => {
    expect(readLetterId(id)).toEqual({ stream, sequence });
    expect(letterId({ stream, sequence })).toBe(id);
  });

  it('may name our own stream, too', () => {
    expect(readLetterId('TRIBUTARY_DEAD_LETTERS/7')).toEqual(readLetterId('7'));
  });

  it.each(['', '0', '07', '-1', '1.5', '1e3', 'x', 'S/', '/7', 'S/0', 'a.b/7', 'a b/7', 'S/T/7', '99999999999999999'])(
    'is not %j',
    (text) => {
      expect(readLetterId(text)).toBeUndefined();
    },
  );
});
