import { describe, expect, it } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../invocation/invocation-outcome.js';
import { type AttemptFacts, settle } from './settlement.js';

const response = (statusCode: number, headers: string[] = []): HandlerResponse => ({ statusCode, headers, body: '' });
const first: AttemptFacts = { attempt: 1, maxAttempts: 3, backoffMs: [1_000], now: 0 };
const last: AttemptFacts = { ...first, attempt: 3 };

const charged: [string, InvocationOutcome][] = [
  ['a status', { kind: 'failed', failure: 'status', response: response(503) }],
  ['a throw', { kind: 'failed', failure: 'threw', message: '' }],
  ['a malformed response', { kind: 'failed', failure: 'malformed', message: '' }],
  ['a lost connection', { kind: 'failed', failure: 'connection-lost', message: '' }],
  ['a timeout', { kind: 'timed-out' }],
  ['a crash alone', { kind: 'crashed', message: '', alone: true }],
];

describe('the settle table, column JetStream', () => {
  it('succeeded: acknowledged', () => {
    expect(settle({ kind: 'succeeded', response: response(200) }, last)).toEqual({ kind: 'acknowledge' });
  });

  it('rejected: given up at once', () => {
    const settlement = { kind: 'give-up', reason: 'rejected' };
    expect(settle({ kind: 'rejected', response: response(404) }, first)).toEqual(settlement);
  });

  it.each(charged)('%s: again after the back-off while attempts remain', (_name, outcome) => {
    const settlement = settle(outcome, first);
    expect(settlement.kind).toBe('retry');
    const { afterMs } = settlement as { afterMs: number };
    expect(afterMs).toBeGreaterThanOrEqual(500);
    expect(afterMs).toBeLessThanOrEqual(1_500);
  });

  it.each(charged)('%s: given up after the last attempt', (_name, outcome) => {
    expect(settle(outcome, last)).toEqual({ kind: 'give-up', reason: 'failed' });
    expect(settle(outcome, { ...last, attempt: 4 })).toEqual({ kind: 'give-up', reason: 'failed' });
  });

  it('failed with Retry-After: again then, and given up after the last attempt all the same', () => {
    const outcome: InvocationOutcome = {
      kind: 'failed',
      failure: 'status',
      response: response(429, ['Retry-After', '7']),
    };
    expect(settle(outcome, first)).toEqual({ kind: 'retry', afterMs: 7_000 });
    expect(settle(outcome, last)).toEqual({ kind: 'give-up', reason: 'failed' });
  });

  it('crashed beside others: runs alone, whatever the attempt', () => {
    const outcome: InvocationOutcome = { kind: 'crashed', message: '', alone: false };
    expect(settle(outcome, first)).toEqual({ kind: 'run-alone' });
    expect(settle(outcome, last)).toEqual({ kind: 'run-alone' });
  });

  it.each<InvocationOutcome>([
    { kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 },
    { kind: 'overloaded', retryAfterSeconds: 1 },
    { kind: 'expired' },
  ])('$kind: handed back, also in the last attempt', (outcome) => {
    expect(settle(outcome, last)).toEqual({ kind: 'hand-back' });
  });
});
