import { describe, expect, it } from 'vitest';
import { readAckSubject } from './ack-subject.js';

const facts = {
  stream: 'ORDERS',
  consumer: 'shop-nats',
  sequence: 42,
  deliveryCount: 3,
  publishedAt: 1_795_534_356_776,
  pending: 17,
};

describe('ADR-15: the subject of acknowledgements', () => {
  it('is read in its short form', () => {
    expect(readAckSubject('$JS.ACK.ORDERS.shop-nats.3.42.40.1795534356776123456.17')).toEqual(facts);
  });

  it('is read with a domain and the hash of the account, and what may follow', () => {
    expect(readAckSubject('$JS.ACK.hub.ACCHASH.ORDERS.shop-nats.3.42.40.1795534356776123456.17')).toEqual(facts);
    expect(readAckSubject('$JS.ACK._.ACCHASH.ORDERS.shop-nats.3.42.40.1795534356776123456.17.random')).toEqual(facts);
  });

  it.each(['', '_INBOX.1', '$JS.API.INFO', '$JS.ACK.ORDERS.shop-nats.3'])('any other is none: %j', (subject) => {
    expect(readAckSubject(subject)).toBeUndefined();
  });
});
