import { describe, expect, it } from 'vitest';
import { natsName, queueGroup } from './nats-name.js';

describe('names in NATS', () => {
  it('have letters, digits, - and _ alone', () => {
    expect(natsName('my shop.eu*>/ü')).toBe('my-shop-eu----');
    expect(natsName('shop_1-a')).toBe('shop_1-a');
  });

  it('section 1: the queue group is the application name unless one is given, be it empty', () => {
    expect(queueGroup(undefined, 'my shop')).toBe('my-shop');
    expect(queueGroup('pricing', 'my shop')).toBe('pricing');
    expect(queueGroup('', 'my shop')).toBe('');
  });
});
