import { describe, expect, it } from 'vitest';
import { toFireReport } from './fire-report.js';

const succeeded = (body: string | Buffer) =>
  ({ kind: 'succeeded', response: { statusCode: 201, headers: ['A', '1', 'A', '2'], body } }) as const;

describe('the report of an event that an operator sent', () => {
  it('section 10: has what the function answered', () => {
    expect(toFireReport('r1', succeeded('héllo'), 3)).toEqual({
      requestId: 'r1',
      outcome: 'succeeded',
      status: 201,
      headers: [
        ['A', '1'],
        ['A', '2'],
      ],
      body: 'héllo',
      isBase64Encoded: false,
      tookMs: 3,
    });
  });

  it('section 10: has bytes that are no text as base64', () => {
    expect(toFireReport('r1', succeeded(Buffer.from([255])), 3)).toMatchObject({ body: '/w==', isBase64Encoded: true });
  });

  it('section 10: has the beginning of a large body, and says how large it is', () => {
    const report = toFireReport('r1', succeeded('x'.repeat(2_000_000)), 3);
    expect(report.body).toHaveLength(1_048_576);
    expect(report.truncatedFrom).toBe(2_000_000);
  });

  it('section 10: says what went wrong, with the status of HTTP for it', () => {
    const report = toFireReport('r1', { kind: 'timed-out' }, 3);
    expect(report).toMatchObject({ outcome: 'timed-out', status: 504, error: 'The function did not answer in time.' });
  });
});
