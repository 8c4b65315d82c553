import type { Msg } from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../durable/delivery.js';
import { type DeliveryRecord, NO_RECORD } from '../../durable/delivery-record.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { CronTriggerConfig } from './cron.config.js';
import { SharedTicksSource } from './shared-ticks.source.js';
import { writeTick } from './shared-tick.js';
import { TickLog } from './tick-log.js';

const NOW = Date.parse('2026-01-01T00:01:00.000Z');
const ID = 'shop/cron@2026-01-01T00:01:00.000Z';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
});

function source(settings: Partial<CronTriggerConfig> = {}) {
  const config = Object.assign(new CronTriggerConfig(), { schedule: '* * * * *' }, settings);
  const application = Object.assign(new InvocationConfig(), { applicationName: 'shop' });
  const log = new TickLog('cron', () => ID);
  const ticks = new SharedTicksSource(config, {
    application,
    results: { publishSafely: () => Promise.resolve() },
    log,
    ensureStream: () => Promise.resolve(),
  });
  return { ticks, log };
}

function delivery(
  facts: { deliveryCount?: number; pending?: number; body?: string } = {},
  record: Partial<DeliveryRecord> = {},
): Delivery {
  const { body = writeTick({ scheduledAt: NOW, schedule: '* * * * *', timeZone: 'UTC', args: { a: 1 } }) } = facts;
  const data = new Uint8Array(Buffer.from(body));
  const made = new Delivery({ data, reply: 'ack' } as unknown as Msg, {
    stream: 'TRIBUTARY_TICKS',
    consumer: 'shop-cron',
    sequence: 7,
    deliveryCount: 1,
    publishedAt: NOW,
    pending: 0,
    ...facts,
  });
  made.record = { ...NO_RECORD, ...record };
  return made;
}

describe('section 8: a tick that was delivered', () => {
  it('runs, with what was agreed on in its event, up to its starting deadline', () => {
    const { ticks } = source({ startingDeadlineMs: 5_000 });
    const verdict = ticks.judge(delivery());
    expect(verdict).toMatchObject({
      kind: 'run',
      event: { requestId: ID, attempt: 1, startBy: NOW + 5_000, payload: { body: '{"a":1}', cron: { attempt: 1 } } },
    });
  });

  it('is skipped where a newer one is behind it and the policy is Forbid', () => {
    const { ticks, log } = source();
    expect(ticks.judge(delivery({ pending: 1 }))).toEqual({ kind: 'pass-over' });
    expect(log.skipped).toBe(1);
    expect(source({ concurrencyPolicy: 'Allow' }).ticks.judge(delivery({ pending: 1 }))).toMatchObject({
      kind: 'run',
    });
  });

  it('is missed beyond its deadline, but only at its first delivery', () => {
    const { ticks, log } = source({ startingDeadlineMs: 5_000 });
    vi.setSystemTime(NOW + 5_001);
    expect(ticks.judge(delivery())).toEqual({ kind: 'pass-over' });
    expect(log.missed).toBe(1);
    expect(ticks.judge(delivery({ deliveryCount: 2, pending: 3 }))).toMatchObject({
      kind: 'run',
      event: { attempt: 1, startBy: Number.POSITIVE_INFINITY },
    });
  });

  it('whose host died is given again twice beside its attempts, then given up', () => {
    const { ticks } = source({ maxAttempts: 3 });
    const died = (lost: number) =>
      delivery({ deliveryCount: 7 }, { settled: 2, failures: 2, lost: lost - 1, begun: 2 + lost });
    expect(ticks.judge(died(1))).toMatchObject({ kind: 'run', isLast: false });
    expect(ticks.judge(died(2))).toMatchObject({ kind: 'run', isLast: true, event: { attempt: 3 } });
    expect(ticks.judge(died(3))).toMatchObject({ kind: 'give-up', reason: 'host died' });
  });

  it('is missed beyond its deadline also where it was handed back, since it has not begun', () => {
    const { ticks } = source({ startingDeadlineMs: 5_000 });
    vi.setSystemTime(NOW + 5_001);
    const handedBack = delivery({ deliveryCount: 2 }, { settled: 1 });
    expect(ticks.judge(handedBack)).toEqual({ kind: 'pass-over' });
  });

  it('is given up where no host has written it', () => {
    expect(source().ticks.judge(delivery({ body: 'hello' }))).toMatchObject({
      kind: 'give-up',
      reason: 'unreadable',
    });
  });
});

describe('section 1: TRIGGER_CRON_MAX_ATTEMPTS counts the runs that ended in failure', () => {
  const failed = { kind: 'timed-out' } as const;

  it('not those whose host died', () => {
    const { ticks } = source({ maxAttempts: 2 });
    const third = delivery({ deliveryCount: 3 });
    ticks.judge(third);
    expect(ticks.settle(failed, third)).toMatchObject({ kind: 'retry' });
  });

  it('and the last of them is the end', () => {
    const { ticks } = source({ maxAttempts: 2 });
    const second = delivery({ deliveryCount: 2 }, { settled: 1, failures: 1 });
    ticks.judge(second);
    expect(ticks.settle(failed, second)).toEqual({ kind: 'give-up', reason: 'failed' });
  });
});

describe('a tick that did not begin', () => {
  it('is missed where its deadline has passed, else handed back', () => {
    const { ticks, log } = source({ startingDeadlineMs: 5_000 });
    const first = delivery();
    ticks.judge(first);
    expect(ticks.settle({ kind: 'expired' }, first)).toEqual({ kind: 'hand-back' });
    // The very millisecond in which the timer of what waits fires.
    vi.setSystemTime(NOW + 5_000);
    expect(ticks.settle({ kind: 'expired' }, first)).toEqual({ kind: 'pass-over' });
    expect(log.missed).toBe(1);
  });
});

describe('section 1: the concurrency policy', () => {
  it.each([
    ['Forbid', 1],
    ['Allow', 1_000],
  ] as const)('%s lets %d ticks be unsettled over all replicas', (concurrencyPolicy, maxAckPending) => {
    expect(source({ concurrencyPolicy }).ticks.consumer.maxAckPending).toBe(maxAckPending);
  });
});
