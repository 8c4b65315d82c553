import type { ConsumerConfig } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import {
  changedConfig,
  consumerConfig,
  type ConsumerSettings,
  differences,
  otherOwner,
  whyNotUpdatable,
} from './consumer-settings.js';

const settings: ConsumerSettings = {
  stream: 'ORDERS',
  durable: 'shop-nats',
  filterSubjects: ['orders.>'],
  ackWaitMs: 30_000,
  maxAckPending: 10_000,
  begin: 'all',
  mayUpdate: false,
  label: (setting) => `[${setting}]`,
};
const same = { ...consumerConfig(settings), max_deliver: -1 } as ConsumerConfig;

describe('section 8: the settings of a durable consumer', () => {
  it('are those of the contract', () => {
    expect(consumerConfig(settings)).toEqual({
      durable_name: 'shop-nats',
      ack_policy: 'explicit',
      ack_wait: 30_000_000_000,
      max_ack_pending: 10_000,
      max_deliver: -1,
      filter_subject: 'orders.>',
      deliver_policy: 'all',
    });
  });

  it('tell whose it is, where its name could be that of another', () => {
    const owner = 'trigger eu-nightly of function shop';
    const created = consumerConfig({ ...settings, owner }) as ConsumerConfig;
    expect(otherOwner(created, { ...settings, owner })).toBeUndefined();
    expect(otherOwner(created, { ...settings, owner: 'trigger nightly of function shop-eu' })).toBe(owner);
    expect(otherOwner(created, settings)).toBeUndefined();
    expect(otherOwner({ ...created, description: 'orders' }, { ...settings, owner })).toBeUndefined();
  });

  it('filter by nothing, one subject or several', () => {
    expect(consumerConfig({ ...settings, filterSubjects: [] })).not.toHaveProperty('filter_subject');
    expect(consumerConfig({ ...settings, filterSubjects: ['a', 'b'] })).toMatchObject({ filter_subjects: ['a', 'b'] });
  });

  it('begin with new messages, at a time, or where a replaced one was', () => {
    const at = new Date(0);
    expect(consumerConfig({ ...settings, begin: 'new' })).toMatchObject({ deliver_policy: 'new' });
    expect(consumerConfig({ ...settings, begin: { at: () => at } })).toMatchObject({
      deliver_policy: 'by_start_time',
      opt_start_time: '1970-01-01T00:00:00.000Z',
    });
    expect(consumerConfig({ ...settings, begin: 'new' }, 7)).toMatchObject({
      deliver_policy: 'by_start_sequence',
      opt_start_seq: 7,
    });
  });
});

describe('section 8: a consumer that exists', () => {
  it('does not differ from what is created, wherever it began', () => {
    expect(differences(same, settings)).toEqual([]);
    expect(differences({ ...same, deliver_policy: 'last' }, settings)).toEqual([]);
  });

  it.each<[string, Partial<ConsumerConfig>]>([
    ['it is a push consumer', { deliver_subject: 'here' }],
    ['its ack policy is none', { ack_policy: 'none' }],
    ['it filters a, and [subject] says orders.>', { filter_subject: 'a' }],
    ['its ack wait is 5 ms, and [ackWaitMs] says 30000 ms', { ack_wait: 5_000_000 }],
    ['its max ack pending is 3, and [maxAckPending] says 10000', { max_ack_pending: 3 }],
    ['its max deliver is 5, and -1 is needed', { max_deliver: 5 }],
    ['it has a back-off of its own', { backoff: [1] }],
    ['it delivers headers alone', { headers_only: true }],
    ['it is deleted after 60000 ms without a replica', { inactive_threshold: 60_000_000_000 }],
    ['it limits requests to 5 messages', { max_batch: 5 }],
    ['it limits requests to 1000 ms', { max_expires: 1_000_000_000 }],
  ])('differs: %s', (text, change) => {
    const found = differences({ ...same, ...change }, settings);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(text);
  });

  it('is changed in all that differs', () => {
    const odd = {
      ...same,
      ack_wait: 1,
      backoff: [1],
      headers_only: true,
      max_batch: 1,
      max_expires: 1,
      max_deliver: 2,
    };
    expect(differences(Object.assign(odd, changedConfig(settings)), settings)).toEqual([]);
  });

  it('is never changed from pushing, nor in its ack policy, nor in its filter before nats-server 2.10', () => {
    expect(whyNotUpdatable(same, settings, '2.9.10')).toBeUndefined();
    expect(whyNotUpdatable({ ...same, deliver_subject: 'x' }, settings, '2.10.0')).toContain('push');
    expect(whyNotUpdatable({ ...same, ack_policy: 'all' }, settings, '2.10.0')).toContain('ack policy');
    expect(whyNotUpdatable({ ...same, filter_subject: 'x' }, settings, '2.9.10')).toContain('passes over');
    expect(whyNotUpdatable({ ...same, filter_subject: 'x' }, settings, '2.10.0')).toBeUndefined();
  });
});
