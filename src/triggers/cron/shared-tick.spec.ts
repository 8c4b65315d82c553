import { describe, expect, it } from 'vitest';
import { readTick, type SharedTick, writeTick } from './shared-tick.js';

const tick: SharedTick = {
  scheduledAt: Date.parse('2026-01-01T00:00:01.000Z'),
  schedule: '* * * * * *',
  timeZone: 'Europe/Paris',
  args: { report: 'däily' },
};

describe('a tick as a message', () => {
  it('is JSON that people can read', () => {
    expect(JSON.parse(writeTick(tick))).toEqual({
      scheduledAt: '2026-01-01T00:00:01.000Z',
      schedule: '* * * * * *',
      timeZone: 'Europe/Paris',
      args: { report: 'däily' },
    });
  });

  it.each([tick, { ...tick, args: undefined }, { ...tick, args: null }, { ...tick, args: 0 }])(
    'comes back: %j',
    (sent) => {
      expect(readTick(Buffer.from(writeTick(sent)))).toEqual(sent);
    },
  );

  it.each([
    '',
    'null',
    '5',
    '[]',
    '{}',
    '{"scheduledAt":5,"schedule":"a","timeZone":"b"}',
    '{"scheduledAt":"soon"}',
    '{',
  ])('is not read from %j, which no host has written', (text) => {
    expect(readTick(Buffer.from(text))).toBeUndefined();
  });
});
