import { afterEach, describe, expect, it } from 'vitest';
import { invocationSettled } from '../invocation/invocation.channel.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { InvocationLog } from './invocation-log.js';
import { LogConfig, type LogLevel } from './log.config.js';
import { loggerOn } from './logger.js';

const SECRET = 'secret-payload';
const response = { statusCode: 200, headers: ['Content-Type', 'text/plain', 'X-Secret', SECRET], body: SECRET };
const lane = {
  triggerName: 'orders',
  triggerType: 'nats',
  whenUnavailable: 'wait',
  whenOverloaded: 'wait',
} as const;

describe('InvocationLog', () => {
  let log: InvocationLog | undefined;

  afterEach(() => log?.onApplicationShutdown());

  function logged(
    outcome: InvocationOutcome,
    { level = 'info', attempt = 1 }: { level?: LogLevel; attempt?: number } = {},
  ) {
    const lines: Record<string, unknown>[] = [];
    const config = Object.assign(new LogConfig(), { level, format: 'json' });
    log = new InvocationLog(loggerOn({ write: (line) => lines.push(JSON.parse(line)) }, config));
    log.onModuleInit();
    const event = { requestId: 'r-1', payload: { body: SECRET }, attempt };
    invocationSettled.publish({ lane, event, outcome, waitedMs: 3, began: true, ranMs: 12 });
    return lines.map(({ time: _time, ...fields }) => fields);
  }

  const base = { requestId: 'r-1', trigger: 'orders', type: 'nats', waitedMs: 3, ranMs: 12 };

  it('writes one line of level info for an invocation that succeeded', () => {
    expect(logged({ kind: 'succeeded', response })).toEqual([
      { ...base, level: 'info', outcome: 'succeeded', status: 200, msg: 'invocation succeeded' },
    ]);
  });

  it.each<[InvocationOutcome, object]>([
    [{ kind: 'rejected', response: { ...response, statusCode: 404 } }, { status: 404 }],
    [
      { kind: 'failed', failure: 'status', response: { ...response, statusCode: 503 } },
      { failure: 'status', status: 503 },
    ],
    [
      { kind: 'failed', failure: 'threw', message: 'boom' },
      { failure: 'threw', reason: 'boom' },
    ],
    [
      { kind: 'failed', failure: 'malformed', message: 'headers is no object' },
      { failure: 'malformed', reason: 'headers is no object' },
    ],
    [{ kind: 'timed-out' }, {}],
    [{ kind: 'crashed', message: 'died', alone: true }, { reason: 'died' }],
    [{ kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 }, { reason: 'draining' }],
    [{ kind: 'overloaded', retryAfterSeconds: 1 }, {}],
    [{ kind: 'expired' }, {}],
  ])('writes one line of level warn, with the reason, for $kind', (outcome, cause) => {
    expect(logged(outcome)).toEqual([
      { ...base, ...cause, level: 'warn', outcome: outcome.kind, msg: `invocation ${outcome.kind}` },
    ]);
  });

  it('writes the attempt where it is not the first', () => {
    expect(logged({ kind: 'timed-out' }, { attempt: 3 })).toMatchObject([{ attempt: 3 }]);
  });

  it('never writes what the event or the response holds', () => {
    expect(JSON.stringify(logged({ kind: 'succeeded', response }, { level: 'trace' }))).not.toContain(SECRET);
  });

  it('writes nothing of success at LOG_LEVEL=warn', () => {
    expect(logged({ kind: 'succeeded', response }, { level: 'warn' })).toEqual([]);
  });

  it('does not even listen where nothing it says would be written', () => {
    logged({ kind: 'timed-out' }, { level: 'error' });
    expect(invocationSettled.hasSubscribers).toBe(false);
  });

  it('listens no more after the end', () => {
    logged({ kind: 'timed-out' });
    expect(invocationSettled.hasSubscribers).toBe(true);
    log?.onApplicationShutdown();
    expect(invocationSettled.hasSubscribers).toBe(false);
  });
});
