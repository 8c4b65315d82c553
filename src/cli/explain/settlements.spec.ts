import { describe, expect, it } from 'vitest';
import { DELIVERY_DEFAULTS } from '../../durable/delivery-policy.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { NatsTriggerConfig } from '../../triggers/nats/nats.config.js';
import { againText, durableSettlements, longestText } from './settlements.js';

const invocation = Object.assign(new InvocationConfig(), { applicationName: 'shop', timeoutMs: 60_000 });
const orders = (settings: object = {}) => {
  const trigger: NatsTriggerConfig = new NatsTriggerConfig();
  return Object.assign(trigger, { name: 'orders', stream: 'ORDERS' }, settings);
};

describe('settlements of a stream', () => {
  it('say when a message comes again', () => {
    const { failed } = durableSettlements(invocation, orders({ maxDeliver: 4 }));
    expect(failed).toContain('again after 1 s, 5 s, 30 s, each +-50 %');
    expect(failed).toContain('4 deliveries in all');
  });

  it('name where the dead letters go', () => {
    expect(durableSettlements(invocation, orders()).rejected).toBe(
      'dead letter tributary.dead.shop.orders.ORDERS.<sequence> at once',
    );
    const custom = durableSettlements(invocation, orders({ deadLetterSubject: 'failed.orders' }));
    expect(custom.failed).toContain('dead letter failed.orders.ORDERS.<sequence>');
  });
});

describe('attempts', () => {
  it('that are not repeated', () => {
    expect(againText(1, [1_000], 'attempts')).toBe('not tried again');
    expect(longestText({ maxDeliver: 1, backoffMs: [1_000] }, 2_000)).toMatch(/^1 x 2 s = 2 s of /);
  });

  it('whose last delay repeats', () => {
    expect(againText(8, [100, 200], 'attempts')).toMatch(
      /^tried again after 100 ms, 200 ms, 200 ms, 200 ms, \.\.\. \(the last repeats\)/,
    );
    expect(longestText({ maxDeliver: 4, backoffMs: [100, 200] }, 1_000)).toMatch(
      /^4 x 1 s \+ 1\.5 x 500 ms = 4750 ms of /,
    );
  });

  it('of which there are as many as by default', () => {
    expect(longestText(DELIVERY_DEFAULTS, 300_000)).toMatch(/^5 x 5 min \+ 1\.5 x 1\.1 min = 26 min 39 s of /);
  });
});
