import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { NatsClient } from '../nats/nats.client.js';
import { Delivery } from './delivery.js';
import { SettledMessages } from './settled-messages.js';

function delivery(sequence: number, more: { deliveryCount?: number; publishedAt?: number } = {}): Delivery {
  const { deliveryCount = 1, publishedAt = 1_000 } = more;
  const facts = { stream: 'S', consumer: 'c', sequence, deliveryCount, publishedAt, pending: 0 };
  return new Delivery({ reply: `ack.${sequence}.${deliveryCount}` } as Msg, facts);
}

function settledMessages() {
  const said: string[] = [];
  const client = { publishSoon: (subject: string, body: string) => said.push(`${subject} ${body}`) };
  return { settled: new SettledMessages(client as unknown as NatsClient), said };
}

describe('SettledMessages', () => {
  it('settles what comes again in the way that it was settled', () => {
    const { settled, said } = settledMessages();
    settled.settle(delivery(1), '+ACK');
    settled.settle(delivery(2), '+TERM');
    expect(settled.settleAgain(delivery(2, { deliveryCount: 2 }))).toBe(true);
    expect(settled.settleAgain(delivery(3))).toBe(false);
    expect(said).toEqual(['ack.1.1 +ACK', 'ack.2.1 +TERM', 'ack.2.2 +TERM']);
  });

  it('does so also at what looks like a first delivery, for a server that was killed forgets the last ones', () => {
    const { settled } = settledMessages();
    settled.settle(delivery(1), '+ACK');
    expect(settled.settleAgain(delivery(1))).toBe(true);
  });

  it('takes a message of the same sequence for another where its stream was made anew', () => {
    const { settled, said } = settledMessages();
    settled.settle(delivery(1), '+ACK');
    expect(settled.settleAgain(delivery(1, { publishedAt: 2_000 }))).toBe(false);
    expect(said).toHaveLength(1);
  });

  it('sends all of it again, to where it was delivered last', () => {
    const { settled, said } = settledMessages();
    settled.settle(delivery(1), '+ACK');
    settled.settle(delivery(2), '+TERM');
    settled.settleAgain(delivery(1, { deliveryCount: 2 }));
    said.length = 0;
    settled.sendAgain();
    expect(said).toEqual(['ack.2.1 +TERM', 'ack.1.2 +ACK']);
  });

  it('tells nobody of a message whose consumer is gone', () => {
    const { settled, said } = settledMessages();
    const orphan = delivery(1);
    orphan.disown();
    settled.settle(orphan, '+ACK');
    settled.sendAgain();
    expect(said).toEqual([]);
  });

  it('knows nothing any more after its consumer was replaced', () => {
    const { settled } = settledMessages();
    settled.settle(delivery(1), '+ACK');
    settled.clear();
    expect(settled.settleAgain(delivery(1, { deliveryCount: 2 }))).toBe(false);
  });
});
