import { describe, expect, it } from 'vitest';
import type { DeliveryFacts } from './ack-subject.js';
import { beyondLimit, DELIVERY_DEFAULTS, settleDelivery } from './delivery-policy.js';

const delivered = (deliveryCount: number): DeliveryFacts => ({
  stream: 'S',
  consumer: 'c',
  sequence: 1,
  deliveryCount,
  publishedAt: 0,
  pending: 0,
});
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
