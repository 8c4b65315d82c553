import { describe, expect, it } from 'vitest';
import { endpointsOf } from './nats.endpoint.js';
import { NatsServiceDiscovery } from './nats.service-discovery.js';

function discoveryOf(more: Partial<{ application: string; triggerName: string; version: string }> = {}) {
  const endpoints = endpointsOf('orders', ['orders.*', 'quotes'], 'pricing');
  return {
    endpoints,
    discovery: new NatsServiceDiscovery({
      application: 'shop',
      version: '1.2.3',
      triggerName: 'orders',
      endpoints,
      ...more,
    }),
  };
}

describe('section 8: a trigger as a NATS service (ADR-32)', () => {
  it('is named after application and trigger, in the characters that names may have', () => {
    expect(discoveryOf().discovery.name).toBe('shop-orders');
    expect(discoveryOf({ application: 'my shop.eu' }).discovery.name).toBe('my-shop-eu-orders');
  });

  it('has another id in each process', () => {
    expect(discoveryOf().discovery.id).not.toBe(discoveryOf().discovery.id);
  });

  it.each([
    ['1.2.3', '1.2.3'],
    ['2.0.0-rc.1+build.5', '2.0.0-rc.1+build.5'],
    ['1', '0.0.0'],
    ['v1.2.3', '0.0.0'],
    ['', '0.0.0'],
  ])('has version %j as %s: SemVer or none', (version, expected) => {
    expect(discoveryOf({ version }).discovery.response('PING')).toMatchObject({ version: expected });
  });

  it('answers PING with the standard fields alone', () => {
    const { discovery } = discoveryOf();
    expect(discovery.response('PING')).toEqual({
      type: 'io.nats.micro.v1.ping_response',
      name: 'shop-orders',
      id: discovery.id,
      version: '1.2.3',
      metadata: { application: 'shop', trigger: 'orders' },
    });
  });

  it('answers INFO with its endpoints, one for each subject', () => {
    expect(discoveryOf().discovery.response('INFO')).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      description: 'Trigger orders of a function hosted by Tributary',
      endpoints: [
        { name: 'orders-1', subject: 'orders.*', queue_group: 'pricing', metadata: {} },
        { name: 'orders-2', subject: 'quotes', queue_group: 'pricing', metadata: {} },
      ],
    });
  });

  it('answers STATS with counts, the last error, and whole nanoseconds', () => {
    const { discovery, endpoints } = discoveryOf();
    endpoints[0]?.count(1.5, undefined);
    endpoints[0]?.count(1, 'Not Found');
    endpoints[0]?.count(0.5000004, undefined);
    expect(discovery.response('STATS')).toMatchObject({
      type: 'io.nats.micro.v1.stats_response',
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      endpoints: [
        {
          name: 'orders-1',
          subject: 'orders.*',
          queue_group: 'pricing',
          num_requests: 3,
          num_errors: 1,
          last_error: 'Not Found',
          processing_time: 3_000_000,
          average_processing_time: 1_000_000,
        },
        { num_requests: 0, num_errors: 0, last_error: '', processing_time: 0, average_processing_time: 0 },
      ],
    });
  });
});
