import { describe, expect, it } from 'vitest';
import { Schedule, scheduleProblem } from './schedule.js';

describe('Schedule', () => {
  it('section 1: is the union of its expressions: an instant that several name is planned once', () => {
    const schedule = new Schedule('0 * * * *; */30 * * * * ;0 0 12 * * *', 'UTC');
    const instants = [...schedule.between(Date.parse('2026-01-01T11:00Z'), Date.parse('2026-01-01T13:00Z'))];
    expect(instants.map((instant) => new Date(instant).toISOString().slice(11, 16))).toEqual([
      '11:30',
      '12:00',
      '12:30',
      '13:00',
    ]);
  });

  it('leaves out the first instant of a span and keeps the last', () => {
    const minutes = new Schedule('* * * * *', 'UTC');
    const noon = Date.parse('2026-01-01T12:00Z');
    expect([...minutes.between(noon, noon)]).toEqual([]);
    expect([...minutes.between(noon - 1, noon)]).toEqual([noon]);
  });
});

describe('scheduleProblem', () => {
  it.each([
    '* * * * *',
    '*/5 * * * * *',
    ' 0 3 * * *\t',
    '0 0 29 2 *',
    '0 9-17 * * mon-fri',
    '0 0 * * 7',
    '0 0 1 1 *;@daily',
    '@WEEKLY',
  ])('section 1: accepts %j', (text) => {
    expect(scheduleProblem(text)).toBeUndefined();
  });

  it.each([
    ['* * * *', '4 fields'],
    ['* * * * * * *', '7 fields'],
    ['every day', '2 fields'],
    ['', '0 fields'],
    ['0 3 * * *;', '0 fields'],
    ['@fortnightly', 'unknown nickname'],
    ['61 * * * *', 'out of range'],
    ['* * * 13 *', 'out of range'],
    ['* * * * foo', 'Unknown alias'],
    ['*/0 * * * *', 'step of zero'],
    ['9-5 * * * *', 'invalid range'],
    ['a b c d e', 'Unknown alias'],
    ['0 0 31 2 *', 'no such date'],
    ['* * 30 2 *', 'no such date'],
    ['0 3 * * *; 0 0 31 4 *', '"0 0 31 4 *": no such date'],
  ])('section 1: refuses %j', (text, problem) => {
    expect(scheduleProblem(text)).toContain(problem);
  });
});
