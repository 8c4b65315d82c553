import { describe, expect, it } from 'vitest';
import { toFiredMessage } from './nats.fire.js';

describe('a message that an operator describes', () => {
  it('section 10: has the subject of the trigger where that is one', () => {
    expect(toFiredMessage({ data: { id: 7 }, headers: { a: '1' } }, ['orders'], 5)).toEqual({
      subject: 'orders',
      reply: '',
      headers: [['a', ['1']]],
      data: Buffer.from('{"id":7}'),
      receivedAt: 5,
    });
  });

  it('section 10: may have any subject where the trigger takes all of its stream', () => {
    expect(toFiredMessage({ subject: 'any.thing' }, [], 5)).toMatchObject({ subject: 'any.thing' });
  });

  it.each([
    [['orders.*'], 'orders.fired'],
    [['orders.*.>', 'quotes'], 'orders.fired.fired'],
    [[], 'fired'],
  ])('section 10: has one that fits the wildcards of %j where none is given', (subjects, subject) => {
    expect(toFiredMessage({}, subjects, 5)).toMatchObject({ subject });
  });

  it.each([
    [{ subject: 'orders.>' }, ['orders.>']],
    [{ subject: 'quotes.eu' }, ['orders.>']],
    [{ subject: 'two words' }, []],
  ])('section 10: is refused as %j for %j', (given, subjects) => {
    expect(() => toFiredMessage(given, subjects, 5)).toThrow('subject: expected one without wildcards');
  });
});
