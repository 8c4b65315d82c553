import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvocationConfig } from './invocation.config.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import { type InvocationLane, InvocationService } from './invocation.service.js';
import { SubRuntimeConfig } from './sub-runtime/sub-runtime.config.js';
import { FakePool } from '../../test/support/fake-pool.js';
import type { SubRuntimePool } from './sub-runtime/sub-runtime.pool.js';
import type { DispatchResult } from './sub-runtime/sub-runtime.worker.js';
import type { LaneOptions, TriggerEvent } from './trigger-event.js';

const waiting: LaneOptions = { triggerName: 't', triggerType: 'cron', whenUnavailable: 'wait', whenOverloaded: 'wait' };
const refusing: LaneOptions = {
  triggerName: 'h',
  triggerType: 'http',
  whenUnavailable: 'refuse',
  whenOverloaded: 'refuse',
};

describe('the invocation service', () => {
  let pool: FakePool;
  let service: InvocationService;
  let lane: InvocationLane;
  let count = 0;

  function create(settings: Partial<InvocationConfig> = {}): void {
    pool = new FakePool();
    const config = Object.assign(new InvocationConfig(), { timeoutMs: 1_000, maxInFlight: 1, maxQueue: 1 }, settings);
    const subRuntime = Object.assign(new SubRuntimeConfig(), { handlerPath: '/h', startTimeoutMs: 500 });
    service = new InvocationService(config, subRuntime, pool as unknown as SubRuntimePool);
    lane = service.openLane(refusing);
  }

  function eventOf(more: Partial<TriggerEvent> = {}): TriggerEvent {
    return { requestId: `r-${++count}`, payload: { n: count }, attempt: 1, ...more };
  }

  /** The outcome as soon as it is there. */
  function invoke(on: InvocationLane, event = eventOf()): { outcome?: InvocationOutcome; event: TriggerEvent } {
    const invoked: { outcome?: InvocationOutcome; event: TriggerEvent } = { event };
    void service.invoke(on, event).then((outcome) => (invoked.outcome = outcome));
    return invoked;
  }

  const settled = () => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    create();
  });
  afterEach(() => vi.useRealTimers());

  it('section 3: sends event, context, handler name and path, and the headers of the wire', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    invoke(lane, { requestId: 'r', payload: { a: 'é' }, attempt: 2, traceparent });
    const { body, headers } = pool.dispatched[0] ?? { body: '', headers: [] };
    const deadline = 1_700_000_001_000;
    expect(JSON.parse(body)).toEqual({
      event: { a: 'é' },
      context: {
        memoryLimitInMb: 128,
        memoryInMb: 128,
        functionName: '',
        functionVersion: '',
        requestId: 'r',
        deadline,
        attempt: 2,
      },
      handlerName: 'handle',
      handlerPath: '/h',
    });
    expect(headers).toEqual([
      'content-type',
      'application/json',
      'x-request-id',
      'r',
      'traceparent',
      traceparent,
      'x-deadline',
      String(deadline),
    ]);
  });

  it('section 3: makes a traceparent where the source gave none', () => {
    invoke(lane);
    expect(pool.dispatched[0]?.headers[5]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('section 1: calls the handler of the trigger', () => {
    invoke(service.openLane({ ...refusing, handlerName: 'report' }));
    expect(JSON.parse(pool.dispatched[0]?.body ?? '')).toMatchObject({ handlerName: 'report' });
  });

  it.each<[Partial<Extract<DispatchResult, { kind: 'answered' }>> | DispatchResult, object]>([
    [{ body: Buffer.from('{"statusCode":302}') }, { kind: 'succeeded' }],
    [{ body: Buffer.from('{"statusCode":404}') }, { kind: 'rejected' }],
    [{ body: Buffer.from('{"statusCode":408}') }, { kind: 'failed', failure: 'status' }],
    [{ body: Buffer.from('{"statusCode":429}') }, { kind: 'failed', failure: 'status' }],
    [{ body: Buffer.from('{"statusCode":500}') }, { kind: 'failed', failure: 'status' }],
    [
      { statusCode: 500, body: Buffer.from('boom') },
      { kind: 'failed', failure: 'threw', message: 'boom' },
    ],
    [{ statusCode: 301 }, { kind: 'failed', failure: 'malformed' }],
    [{ kind: 'too-large' }, { kind: 'failed', failure: 'malformed' }],
    [
      { kind: 'lost', message: 'reset' },
      { kind: 'failed', failure: 'connection-lost' },
    ],
    [{ kind: 'crashed', message: 'died', alone: true }, { kind: 'crashed' }],
  ])('the settle table: takes %j for %j', async (result, outcome) => {
    const invoked = invoke(lane);
    pool.answer(0, result);
    await settled();
    expect(invoked.outcome).toMatchObject(outcome);
  });

  it('section 1: counts the waiting into the deadline', async () => {
    invoke(lane);
    const second = invoke(lane);
    await vi.advanceTimersByTimeAsync(999);
    expect(second.outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(second.outcome).toEqual({ kind: 'timed-out' });
    expect(pool.dispatched).toHaveLength(1);
  });

  it('section 7: keeps the permit of what timed out until it answers', async () => {
    const slow = invoke(lane);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(slow.outcome).toEqual({ kind: 'timed-out' });
    invoke(lane);
    expect(pool.dispatched).toHaveLength(1);
    pool.answer(0);
    expect(pool.dispatched).toHaveLength(2);
    expect(slow.outcome).toEqual({ kind: 'timed-out' });
  });

  it('section 1: refuses what comes on a full queue, and keeps what waits', async () => {
    const [first, second, third] = [invoke(lane), invoke(lane), invoke(lane)];
    await settled();
    expect(third.outcome).toEqual({ kind: 'overloaded', retryAfterSeconds: 1 });
    pool.answer(0);
    pool.answer(1);
    await settled();
    expect([first.outcome?.kind, second.outcome?.kind]).toEqual(['succeeded', 'succeeded']);
  });

  it.each([
    [8, 4],
    [5, 3],
    [1, 1],
  ])('gives a further lane of a trigger with %d permits at most %d of them', (maxInFlight, half) => {
    create({ maxInFlight });
    expect(service.openLane({ ...refusing, whenOverloaded: 'wait' }).maxInFlight).toBe(half);
  });

  it('the settle table: lets a tick wait on a full queue', async () => {
    const ticks = service.openLane(waiting);
    const all = [invoke(ticks), invoke(ticks), invoke(ticks)];
    for (let index = 0; index < 3; index++) pool.answer(index);
    await settled();
    expect(all.map(({ outcome }) => outcome?.kind)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('section 5: refuses with the time of the next start while the sub-runtime backs off', async () => {
    pool.become('backing-off');
    const refused = invoke(lane);
    await settled();
    expect(refused.outcome).toEqual({ kind: 'unavailable', reason: 'backing-off', retryAfterSeconds: 7 });
  });

  it('section 5: lets requests wait while it starts, up to SUB_RUNTIME_START_TIMEOUT_MS', async () => {
    pool.become('starting');
    const waited = invoke(lane);
    await vi.advanceTimersByTimeAsync(499);
    expect(waited.outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(waited.outcome).toMatchObject({ kind: 'unavailable', reason: 'not-started' });
  });

  it('section 5: tells those who wait as soon as the start has failed', async () => {
    pool.become('starting');
    const waited = invoke(lane);
    pool.become('backing-off');
    await settled();
    expect(waited.outcome).toMatchObject({ kind: 'unavailable', reason: 'backing-off' });
  });

  it('section 1: lets a tick wait up to its starting deadline, and counts its own deadline from its beginning', async () => {
    pool.become('backing-off');
    const ticks = service.openLane(waiting);
    const late = invoke(ticks, eventOf({ startBy: Date.now() + 5_000 }));
    const missed = invoke(ticks, eventOf({ startBy: Date.now() + 3_000 }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(missed.outcome).toEqual({ kind: 'expired' });
    await vi.advanceTimersByTimeAsync(1_000);
    pool.become('ready');
    await vi.advanceTimersByTimeAsync(999);
    expect(late.outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(late.outcome).toEqual({ kind: 'timed-out' });
  });

  it('the settle table: lets an event that may wait for ever do so, and counts its deadline from its beginning', async () => {
    pool.availability = 'backing-off';
    const patient = invoke(service.openLane(waiting), eventOf({ startBy: Number.POSITIVE_INFINITY }));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(patient.outcome).toBeUndefined();
    pool.become('ready');
    await vi.advanceTimersByTimeAsync(999);
    expect(patient.outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(patient.outcome).toEqual({ kind: 'timed-out' });
  });

  it('has no room for a trigger that fetches while nothing could begin, and tells when there is some', async () => {
    const fetching = service.openLane({ ...waiting, maxInFlight: 1 });
    const room: number[] = [];
    service.onRoom(() => room.push(service.roomFor(fetching)));
    expect(service.roomFor(fetching)).toBe(1);
    pool.become('backing-off');
    expect([service.roomFor(fetching), service.canBegin]).toEqual([0, false]);
    pool.become('ready');
    expect(room).toEqual([1]);
    invoke(fetching);
    expect(service.roomFor(fetching)).toBe(0);
    pool.answer(0);
    expect(room).toEqual([1, 1]);
    service.refuseNew();
    expect([service.roomFor(fetching), service.canBegin]).toEqual([0, false]);
  });

  it('section 11: sends again only what was never sent', async () => {
    const invoked = invoke(lane);
    pool.answer(0, { kind: 'not-sent', message: 'ECONNREFUSED' });
    await vi.advanceTimersByTimeAsync(25);
    expect(pool.dispatched).toHaveLength(2);
    pool.answer(1);
    await settled();
    expect(invoked.outcome?.kind).toBe('succeeded');
    expect(service.lanes.map(({ inFlight }) => inFlight)).toEqual([0]);
  });

  it('section 1: goes on trying to send up to the deadline, not beyond', async () => {
    const invoked = invoke(lane);
    for (let index = 0; index < 100 && !invoked.outcome; index++) {
      pool.answer(index, { kind: 'not-sent', message: 'ECONNREFUSED' });
      await vi.advanceTimersByTimeAsync(25);
    }
    expect(invoked.outcome).toEqual({ kind: 'timed-out' });
  });

  it('section 5: gives up what a source withdraws before it began, and goes on with what began', async () => {
    const [began, waits] = [invoke(lane), invoke(lane)];
    service.withdraw(lane, waits.event);
    service.withdraw(lane, began.event);
    await settled();
    expect([began.outcome, waits.outcome]).toEqual([undefined, { kind: 'expired' }]);
    pool.answer(0);
    await settled();
    expect(began.outcome?.kind).toBe('succeeded');
  });

  it('lets a burst of one trigger not starve another', () => {
    create({ maxInFlight: 4, maxQueue: 100 });
    const burst = service.openLane({ ...waiting, triggerType: 'nats' });
    for (let i = 0; i < 50; i++) invoke(burst);
    expect(pool.dispatched).toHaveLength(2);
    invoke(lane);
    expect(pool.dispatched).toHaveLength(3);
  });

  it('drains: takes nothing new, and ends when all that was taken has been answered', async () => {
    const [running, queued] = [invoke(lane), invoke(lane)];
    let drained: boolean | undefined;
    void service.drain(10_000).then((result) => (drained = result));
    const late = invoke(lane);
    pool.answer(0);
    await settled();
    expect(late.outcome).toMatchObject({ kind: 'unavailable', reason: 'draining' });
    expect([running.outcome?.kind, queued.outcome?.kind, drained]).toEqual(['succeeded', undefined, undefined]);
    pool.answer(1);
    await settled();
    expect(drained).toBe(true);
  });

  it('does not wait for handlers whose invocations have timed out when it drains', async () => {
    invoke(lane);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await service.drain(10_000)).toBe(true);
  });

  it('gives up draining after its time', async () => {
    create({ timeoutMs: 60_000 });
    invoke(lane);
    const drained = service.drain(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await drained).toBe(false);
  });
});
