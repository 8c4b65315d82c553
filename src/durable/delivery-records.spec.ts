import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { JetStreamClient } from '../nats/jetstream.client.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import type { NatsClient } from '../nats/nats.client.js';
import { Delivery } from './delivery.js';
import { NO_RECORD } from './delivery-record.js';
import { DeliveryRecords } from './delivery-records.js';

function of(consumer: string, deliveryCount: number): Delivery {
  const facts = { stream: 'S', consumer, sequence: 1, deliveryCount, publishedAt: 1_000, pending: 0 };
  return new Delivery({ reply: 'ack' } as Msg, facts);
}

/** Two replicas on one server. */
function replicas() {
  const stored = new Map<string, string>();
  const asked: string[] = [];
  const getMessage = (_stream: string, { last_by_subj: subject }: { last_by_subj: string }) => {
    asked.push(subject);
    const text = stored.get(subject);
    return Promise.resolve(text === undefined ? null : { string: () => text });
  };
  const jetStream = {
    manager: () => Promise.resolve({ streams: { getMessage } }),
    publish: (subject: string, text: string) => Promise.resolve(stored.set(subject, text)),
  } as unknown as JetStreamClient;
  const nats = { publishSoon: (subject: string, text: string) => stored.set(subject, text) } as unknown as NatsClient;
  const newRecords = () => new DeliveryRecords(jetStream, nats, new NatsConnectionConfig());
  return { one: newRecords(), other: newRecords(), asked };
}

describe('records of deliveries', () => {
  it('are known to all replicas', async () => {
    const { one, other } = replicas();
    one.write(of('c', 1), { ...NO_RECORD, settled: 1, failures: 1 });
    expect(await other.read(of('c', 2))).toEqual({ ...NO_RECORD, settled: 1, failures: 1 });
  });

  it('are not asked for at a first delivery, nor where this process wrote the last', async () => {
    const { one, asked } = replicas();
    expect(await one.read(of('c', 1))).toBe(NO_RECORD);
    one.write(of('c', 1), { ...NO_RECORD, settled: 1, failures: 1 });
    await one.read(of('c', 2));
    expect(asked).toEqual([]);
    await one.read(of('c', 3));
    expect(asked).toEqual(['tributary.attempt.S.c.1']);
  });

  it('of two consumers of one stream are two', async () => {
    const { one } = replicas();
    one.write(of('billing', 1), { ...NO_RECORD, settled: 1 });
    one.write(of('audit', 1), { ...NO_RECORD, settled: 1, failures: 1 });
    expect(await one.read(of('billing', 2))).toMatchObject({ failures: 0 });
    expect(await one.read(of('audit', 2))).toMatchObject({ failures: 1 });
  });

  it('tell the next replica what began, and died with its host', async () => {
    const { one, other } = replicas();
    const second = of('c', 2);
    second.record = await one.read(second);
    await one.begin(second);
    expect(second.isKnownToBegin).toBe(true);
    const fourth = of('c', 4);
    fourth.record = await other.read(fourth);
    // The first, of which nothing is written, and the second; the third never began.
    expect(fourth.lost).toBe(2);
  });

  it('that are ahead of the count, as of a server that was killed, are void: all before may have begun', async () => {
    const { one, other } = replicas();
    one.write(of('c', 5), { ...NO_RECORD, settled: 5, failures: 5 });
    const again = of('c', 3);
    again.record = await other.read(again);
    expect(again).toMatchObject({ charged: 3, lost: 2 });
    await one.begin(of('c', 5));
    expect(await other.read(of('c', 2))).toEqual({ settled: 1, failures: 0, lost: 1, begun: 0 });
  });
});
