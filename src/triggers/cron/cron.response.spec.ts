import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../../invocation/invocation-outcome.js';
import { backOffMs, DEFAULT_BACKOFF_MS, retryAfterMs } from '../../durable/back-off.js';
import { settleTick } from './cron.response.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const response = (statusCode: number, headers: string[] = []): HandlerResponse => ({ statusCode, headers, body: 'x' });

describe('settleTick', () => {
  it("discards the handler's output", () => {
    expect(settleTick({ kind: 'succeeded', response: response(200) }, 0, NOW)).toEqual({ kind: 'succeeded' });
  });

  it('settle table: a rejected event is not run again', () => {
    const step = settleTick({ kind: 'rejected', response: response(404) }, 5, NOW);
    expect(step).toEqual({ kind: 'failed', reason: 'the function answered with status 404' });
  });

  const failures: [InvocationOutcome, string][] = [
    [{ kind: 'failed', failure: 'status', response: response(500) }, 'the function answered with status 500'],
    [{ kind: 'failed', failure: 'threw', message: 'no' }, 'the function threw: no'],
    [{ kind: 'failed', failure: 'malformed', message: 'bad' }, 'the function gave no valid response: bad'],
    [{ kind: 'failed', failure: 'connection-lost', message: 'gone' }, 'the connection to the function was lost: gone'],
    [{ kind: 'timed-out' }, 'the function did not answer in time'],
    [{ kind: 'crashed', message: 'exit code 1', alone: true }, 'the function ended: exit code 1'],
  ];
  it.each(failures)('settle table: %j is run again while attempts remain, then failed', (outcome, reason) => {
    expect(settleTick(outcome, 1, NOW)).toEqual({ kind: 'again', afterMs: undefined });
    expect(settleTick(outcome, 0, NOW)).toEqual({ kind: 'failed', reason });
  });

  it("settle table: the function's Retry-After wins over the back-off", () => {
    const outcome: InvocationOutcome = {
      kind: 'failed',
      failure: 'status',
      response: response(503, ['Content-Type', 'text/plain', 'retry-after', '7']),
    };
    expect(settleTick(outcome, 1, NOW)).toEqual({ kind: 'again', afterMs: 7_000 });
  });

  it('settle table: what could not begin waits, and it is no attempt', () => {
    const backingOff: InvocationOutcome = { kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 3 };
    expect(settleTick(backingOff, 0, NOW)).toEqual({ kind: 'later', afterMs: 3_000 });
    expect(settleTick({ kind: 'overloaded', retryAfterSeconds: 1 }, 0, NOW)).toEqual({ kind: 'later', afterMs: 1_000 });
  });

  it('settle table: what may not begin any more is missed', () => {
    expect(settleTick({ kind: 'expired' }, 5, NOW)).toEqual({ kind: 'missed' });
  });

  it('a host that ends makes no further attempt', () => {
    const draining: InvocationOutcome = { kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 };
    expect(settleTick(draining, 5, NOW)).toEqual({ kind: 'stopped' });
  });
});

describe('retryAfterMs', () => {
  it.each([
    [['Retry-After', '120'], 120_000],
    [['Retry-After', '0'], 0],
    [['RETRY-AFTER', 'Thu, 01 Jan 2026 00:01:00 GMT'], 60_000],
    [['Retry-After', 'Wed, 31 Dec 2025 00:00:00 GMT'], 0],
    [['Retry-After', '86400'], 3_600_000],
    [['Retry-After', 'soon'], undefined],
    [['Retry-After', ''], undefined],
    [['X', 'Retry-After', 'Y', '5'], undefined],
    [[], undefined],
  ])('reads %j as %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe('backOffMs', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is 1 s, 5 s, then 30 s, give or take a half', () => {
    const random = vi.spyOn(Math, 'random');
    random.mockReturnValue(0);
    expect([1, 2, 3, 4].map((attempt) => backOffMs(DEFAULT_BACKOFF_MS, attempt))).toEqual([500, 2_500, 15_000, 15_000]);
    random.mockReturnValue(0.999_999);
    expect([1, 2, 3, 4].map((attempt) => backOffMs(DEFAULT_BACKOFF_MS, attempt))).toEqual([
      1_500, 7_500, 45_000, 45_000,
    ]);
  });
});
