import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { Delivery } from './delivery.js';
import { beyondLimit, DELIVERY_DEFAULTS, runDelivery, settleDelivery } from './delivery-policy.js';
import { type DeliveryRecord, NO_RECORD } from './delivery-record.js';

/** Delivered after so many runs that failed. */
const failedBefore = (failures: number) => delivered(failures + 1, { settled: failures, failures });

function delivered(deliveryCount: number, record: Partial<DeliveryRecord> = {}): Delivery {
  const facts = { stream: 'S', consumer: 'c', sequence: 1, deliveryCount, publishedAt: 0, pending: 0 };
  const delivery = new Delivery({ reply: 'ack' } as Msg, facts);
  delivery.record = { ...NO_RECORD, ...record };
  return delivery;
}
const timedOut = { kind: 'timed-out' } as const;

describe('section 8: how often a message is delivered', () => {
  it('runs up to the limit; beyond it, no host lived to settle the last delivery', () => {
    expect(beyondLimit(failedBefore(4), DELIVERY_DEFAULTS)).toBeUndefined();
    const lost = delivered(6, { settled: 2, failures: 2, lost: 2, begun: 5 });
    expect(beyondLimit(lost, DELIVERY_DEFAULTS)).toMatchObject({
      kind: 'give-up',
      reason: 'host died',
      error: expect.stringContaining('delivered 5 times') as string,
    });
  });

  it.each<[string, number, Partial<DeliveryRecord>, { charged: number; lost: number }]>([
    ['the first', 1, {}, { charged: 1, lost: 0 }],
    ['the second, where nobody wrote whether the first began', 2, {}, { charged: 2, lost: 1 }],
    ['one of many, where none but the first can have begun', 9, {}, { charged: 2, lost: 1 }],
    ['one whose last began, and whose first is not known', 9, { lost: 1, begun: 4 }, { charged: 3, lost: 2 }],
    ['one that was handed back after it began', 9, { lost: 1, begun: 4, settled: 4 }, { charged: 2, lost: 1 }],
    ['one that was handed back at first', 9, { settled: 1 }, { charged: 1, lost: 0 }],
    ['one that failed, and began since then', 9, { settled: 3, failures: 2, begun: 8 }, { charged: 4, lost: 1 }],
  ])('counts what began, and nothing else: %s', (_name, count, record, counted) => {
    expect(delivered(count, record)).toMatchObject(counted);
  });

  it('tells which delivery is the last', () => {
    const event = { requestId: 'r', payload: {}, attempt: 1 };
    expect(runDelivery(event, failedBefore(3), DELIVERY_DEFAULTS)).toMatchObject({ isLast: false });
    expect(runDelivery(event, failedBefore(4), DELIVERY_DEFAULTS)).toMatchObject({ isLast: true });
    expect(runDelivery(event, delivered(5, { settled: 4, failures: 3 }), DELIVERY_DEFAULTS)).toMatchObject({
      isLast: false,
    });
  });

  it.each([
    [1, 1_000],
    [2, 5_000],
    [3, 30_000],
    [4, 30_000],
  ])('comes again after delivery %d within half and one and a half of %d ms', (count, milliseconds) => {
    const settlement = settleDelivery(timedOut, failedBefore(count - 1), DELIVERY_DEFAULTS);
    const afterMs = settlement.kind === 'retry' ? settlement.afterMs : NaN;
    expect(afterMs).toBeGreaterThanOrEqual(milliseconds / 2);
    expect(afterMs).toBeLessThanOrEqual(milliseconds * 1.5);
  });

  it('is given up after the last', () => {
    const settlement = settleDelivery(timedOut, failedBefore(4), DELIVERY_DEFAULTS);
    expect(settlement).toEqual({ kind: 'give-up', reason: 'failed' });
  });
});
