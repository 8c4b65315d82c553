import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { Delivery } from './delivery.js';
import { beyondLimit, DELIVERY_DEFAULTS, runDelivery, settleDelivery } from './delivery-policy.js';
import { type DeliveryRecord, NO_RECORD } from './delivery-record.js';

function delivered(deliveryCount: number, record: Partial<DeliveryRecord> = {}): Delivery {
  const facts = { stream: 'S', consumer: 'c', sequence: 1, deliveryCount, publishedAt: 0, pending: 0 };
  const delivery = new Delivery({ reply: 'ack' } as Msg, facts);
  delivery.record = { ...NO_RECORD, ...record };
  return delivery;
}
const timedOut = { kind: 'timed-out' } as const;

describe('section 8: how often a message is delivered', () => {
  it('runs up to the limit; beyond it, no host lived to settle the last delivery', () => {
    expect(beyondLimit(delivered(5), DELIVERY_DEFAULTS)).toBeUndefined();
    expect(beyondLimit(delivered(6), DELIVERY_DEFAULTS)).toMatchObject({
      kind: 'give-up',
      reason: 'host died',
      error: expect.stringContaining('delivered 5 times') as string,
    });
  });

  it('counts no delivery that was handed back', () => {
    expect(beyondLimit(delivered(6, { settled: 5, free: 1 }), DELIVERY_DEFAULTS)).toBeUndefined();
    expect(beyondLimit(delivered(7, { settled: 6, free: 1 }), DELIVERY_DEFAULTS)).toMatchObject({ kind: 'give-up' });
  });

  it('tells which delivery is the last', () => {
    const event = { requestId: 'r', payload: {}, attempt: 1 };
    expect(runDelivery(event, delivered(4), DELIVERY_DEFAULTS)).toMatchObject({ isLast: false });
    expect(runDelivery(event, delivered(5), DELIVERY_DEFAULTS)).toMatchObject({ isLast: true });
    expect(runDelivery(event, delivered(5, { free: 1 }), DELIVERY_DEFAULTS)).toMatchObject({ isLast: false });
  });

  it.each([
    [1, 1_000],
    [2, 5_000],
    [3, 30_000],
    [4, 30_000],
  ])('comes again after delivery %d within half and one and a half of %d ms', (count, milliseconds) => {
    const settlement = settleDelivery(timedOut, delivered(count), DELIVERY_DEFAULTS);
    const afterMs = settlement.kind === 'retry' ? settlement.afterMs : NaN;
    expect(afterMs).toBeGreaterThanOrEqual(milliseconds / 2);
    expect(afterMs).toBeLessThanOrEqual(milliseconds * 1.5);
  });

  it('is given up after the last', () => {
    const settlement = settleDelivery(timedOut, delivered(5), DELIVERY_DEFAULTS);
    expect(settlement).toEqual({ kind: 'give-up', reason: 'failed' });
  });
});
