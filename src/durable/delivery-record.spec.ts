import { describe, expect, it } from 'vitest';
import { NO_RECORD, readRecord, writeRecord } from './delivery-record.js';

describe('what is known of earlier deliveries', () => {
  it('comes back as it was written', () => {
    const record = { settled: 3, failures: 1, lost: 2, begun: 4 };
    expect(readRecord(writeRecord(record, 5), 5)).toEqual(record);
  });

  it('is nothing where it is of another message with the same sequence', () => {
    expect(readRecord(writeRecord({ settled: 3, failures: 1, lost: 2, begun: 4 }, 5), 6)).toBe(NO_RECORD);
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '{"settled":1,"failures":0,"publishedAt":5}',
    '{"settled":1,"failures":0,"lost":9007199254740991,"begun":0,"publishedAt":5}',
    '{"settled":-1,"failures":0,"lost":0,"begun":0,"publishedAt":5}',
    '{"settled":3,"failures":2,"lost":2,"begun":2,"publishedAt":5}',
  ])('is nothing in %j, which no host has written', (text) => {
    expect(readRecord(text, 5)).toBe(NO_RECORD);
  });
});
