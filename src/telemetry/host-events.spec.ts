import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveEvent } from '../figures/live-events.js';
import { invocationSettled, invocationStarted } from '../invocation/invocation.channel.js';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import { subRuntimeOutput } from '../invocation/sub-runtime/sub-runtime.channel.js';
import { HostEvents } from './host-events.js';
import type { SubRuntimeLog } from './sub-runtime-log.js';

const lane = { triggerName: 'http', triggerType: 'http', whenUnavailable: 'refuse', whenOverloaded: 'refuse' };
const eventOf = (requestId: string) => ({ requestId, attempt: 1, payload: { body: 'secret-of-the-caller' } });
const succeeded: InvocationOutcome = {
  kind: 'succeeded',
  response: { statusCode: 201, headers: ['X-Secret', 'secret-of-the-function'], body: 'secret-of-the-function' },
};

function start(requestId: string): void {
  invocationStarted.publish({ lane, event: eventOf(requestId), waitedMs: 1, worker: 0 });
}

function settle(requestId: string, outcome: InvocationOutcome = succeeded, ranMs = 5): void {
  invocationSettled.publish({ lane, event: eventOf(requestId), outcome, waitedMs: 1, began: true, ranMs });
}

const say = (line: string) => subRuntimeOutput.publish({ worker: 0, stream: 'stdout', line });

describe('HostEvents', () => {
  const events = new HostEvents({ isInvocation: (id: string) => id === 'r1' } as unknown as SubRuntimeLog);
  let told: LiveEvent[];
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
    told = [];
    stop = events.listen((event) => told.push(event));
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  const kinds = (kind: LiveEvent['kind']) => told.filter((event) => event.kind === kind);

  it('section 10: tells what begins, what becomes of it, and what the function writes', () => {
    start('r1');
    say('[r1] {"message":"careful","level":"warn"}');
    say('[INFO] text');
    settle('r1');
    const about = { at: 1_000, requestId: 'r1', trigger: 'http', type: 'http', attempt: 1, waitedMs: 1 };
    expect(told).toEqual([
      { kind: 'started', ...about },
      { kind: 'log', at: 1_000, level: 'warn', text: 'careful', requestId: 'r1' },
      { kind: 'log', at: 1_000, level: 'info', text: '[INFO] text' },
      { kind: 'settled', ...about, outcome: 'succeeded', status: 201, ranMs: 5 },
    ]);
  });

  it('section 10: tells nothing of what came in, nor of what the function answered', () => {
    start('r1');
    settle('r1');
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('section 10: tells why it failed', () => {
    settle('r1', { kind: 'failed', failure: 'threw', message: 'x'.repeat(70_000) });
    expect(told).toMatchObject([{ outcome: 'failed', failure: 'threw', reason: `${'x'.repeat(4_096)}...` }]);
  });

  it('section 10: sums up every second, also one in which nothing happened', () => {
    for (let ranMs = 1; ranMs <= 99; ranMs++) settle(`r${ranMs}`, succeeded, ranMs);
    settle('r100', { kind: 'timed-out' }, 100);
    vi.advanceTimersByTime(2_000);
    expect(kinds('second')).toEqual([
      {
        kind: 'second',
        at: 2_000,
        leftOut: 0,
        triggers: [{ trigger: 'http', settled: 100, failed: 1, p50Ms: 50, p99Ms: 99 }],
        total: { settled: 100, failed: 1, p50Ms: 50, p99Ms: 99 },
      },
      { kind: 'second', at: 3_000, leftOut: 0, triggers: [] },
    ]);
  });

  it('section 10: tells a hundred invocations a second, all of which end, and how many it left out', () => {
    for (let index = 0; index < 150; index++) start(`s${index}`);
    for (let index = 0; index < 150; index++) settle(`s${index}`);
    vi.advanceTimersByTime(1_000);
    expect(kinds('started')).toHaveLength(100);
    expect(kinds('settled').map((event) => 'requestId' in event && event.requestId)).toEqual(
      Array.from({ length: 100 }, (_, index) => `s${index}`),
    );
    expect(kinds('second')).toMatchObject([{ leftOut: 50, triggers: [{ settled: 150 }] }]);
    start('next');
    expect(kinds('started')).toHaveLength(101);
  });

  it('section 10: subscribes to nothing while nobody listens', () => {
    const channels = [invocationStarted, invocationSettled, subRuntimeOutput];
    const second = events.listen(() => undefined);
    stop();
    expect(channels.map(({ hasSubscribers }) => hasSubscribers)).toEqual([true, true, true]);
    second();
    second();
    expect(channels.map(({ hasSubscribers }) => hasSubscribers)).toEqual([false, false, false]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
