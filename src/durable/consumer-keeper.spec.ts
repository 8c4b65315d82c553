import type { Logger } from '@nestjs/common';
import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { ConsumerKeeper } from './consumer-keeper.js';
import { type ConsumerSettings, consumerConfig } from './consumer-settings.js';

const settings: ConsumerSettings = {
  stream: 'S',
  durable: 'c',
  filterSubjects: [],
  ackWaitMs: 30_000,
  maxAckPending: 1,
  begin: { at: () => new Date(0) },
  mayUpdate: false,
  label: (setting) => setting,
};

const refused = (message: string, code: number) => Object.assign(new Error(message), { code });

/** A server that answers for the consumer so, one answer after the other. */
function managerOf(found: (ConsumerInfo | undefined)[]): JetStreamManager {
  const info = () => {
    const next = found.shift();
    return next ? Promise.resolve(next) : Promise.reject(refused('consumer not found', 10_014));
  };
  const add = () => Promise.reject(refused('start time can not be updated', 10_012));
  const stream = { config: { name: 'S' }, created: '2026-01-01T00:00:00Z' };
  return { streams: { info: () => Promise.resolve(stream) }, consumers: { info, add } } as unknown as JetStreamManager;
}

const consumerOf = (config: Partial<ConsumerConfig>) =>
  ({
    config,
    created: '2026-01-01T00:00:00Z',
    ack_floor: { stream_seq: 0, consumer_seq: 0 },
    delivered: { stream_seq: 0, consumer_seq: 0 },
    num_ack_pending: 0,
  }) as unknown as ConsumerInfo;

const newKeeper = () => new ConsumerKeeper(settings, { log: () => undefined } as unknown as Logger, () => undefined);

describe('a consumer that another replica creates at the same moment', () => {
  it('is taken where it is as configured', async () => {
    const manager = managerOf([undefined, consumerOf(consumerConfig(settings))]);
    await expect(newKeeper().ensure(manager, '2.9.10')).resolves.toBeUndefined();
  });

  it('is refused where it differs', async () => {
    const other = consumerOf({ ...consumerConfig(settings), max_ack_pending: 7 });
    await expect(newKeeper().ensure(managerOf([undefined, other]), '2.9.10')).rejects.toThrow('max ack pending is 7');
  });

  it('is missing where there is none: the refusal is told', async () => {
    await expect(newKeeper().ensure(managerOf([]), '2.9.10')).rejects.toThrow('start time can not be updated');
  });
});
