import type { MsgHdrs } from '@nats-io/transport-node';
import { headers as newHeaders } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { JetStreamClient } from '../nats/jetstream.client.js';
import type { MessageHeaders } from '../nats/message-headers.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import type { NatsClient } from '../nats/nats.client.js';
import type { DeadLetter } from './dead-letter.js';
import { DeadLetterWriter } from './dead-letter.writer.js';

const WRONG_LAST_SEQUENCE = 10_071;
const letter: DeadLetter = {
  function: 'shop',
  trigger: 'nats',
  type: 'nats',
  reason: 'failed',
  deliveries: 5,
  lastOutcome: 'failed',
  lastStatus: 500,
  lastError: 'no such table',
  lastAt: '2026-11-24T10:00:00.000Z',
  subject: 'orders.new',
  stream: 'ORDERS',
  sequence: 7,
  consumer: 'shop-nats',
  publishedAt: '2026-11-24T09:00:00.000Z',
  requestId: 'ORDERS-7',
  handler: 'handle',
  format: 'scaleway',
};

interface Stored {
  readonly seq: number;
  readonly header: MsgHdrs;
}

/** A stream that refuses what does not expect its last letter, as the server does. */
function newWriter(maxPayload = 1_000_000) {
  const stored: Stored[] = [];
  const jetStream = {
    publish: (
      _subject: string,
      _body: Buffer,
      headers: MessageHeaders,
      { expect: expected }: { expect: { lastSubjectSequence: number } },
    ) => {
      if (expected.lastSubjectSequence !== (stored.at(-1)?.seq ?? 0)) {
        return Promise.reject(Object.assign(new Error('wrong last sequence'), { code: WRONG_LAST_SEQUENCE }));
      }
      const header = newHeaders();
      for (const [name, value] of headers) header.append(name, value);
      stored.push({ seq: stored.length + 1, header });
      return Promise.resolve();
    },
    manager: () =>
      Promise.resolve({
        streams: {
          find: () => Promise.resolve('LETTERS'),
          getMessage: (_stream: string, { seq }: { seq: number }) => Promise.resolve(stored[seq - 1] ?? null),
        },
      }),
  };
  const nats = { maxPayload } as NatsClient;
  const writer = new DeadLetterWriter(jetStream as unknown as JetStreamClient, nats, new NatsConnectionConfig());
  const write = (some: DeadLetter, body = Buffer.from('x')) =>
    writer.write('dead', some, [['Own', ['y'.repeat(1_000)]]], body);
  return { write, stored };
}

describe('section 8: dead letters', () => {
  it('are written once, however often they are', async () => {
    const { write, stored } = newWriter();
    await write(letter);
    await write({ ...letter, deliveries: 6, lastAt: '2026-11-24T11:00:00.000Z' });
    expect(stored).toHaveLength(1);
  });

  it('are written beside that of another message of the same sequence, whose stream was made anew since', async () => {
    const { write, stored } = newWriter();
    const anew = { ...letter, publishedAt: '2026-11-25T09:00:00.000Z' };
    await write(letter);
    await write(anew);
    await write(anew);
    expect(stored.map(({ header }) => header.get('Tributary-Published-At'))).toEqual([
      letter.publishedAt,
      anew.publishedAt,
    ]);
  });

  it('are written beside those of other triggers that share a subject, once each', async () => {
    const { write, stored } = newWriter();
    const other = { ...letter, trigger: 'audit', consumer: 'shop-audit' };
    for (const each of [letter, other, letter, other]) await write(each);
    expect(stored.map(({ header }) => header.get('Tributary-Trigger'))).toEqual([letter.trigger, 'audit']);
  });

  it.each([
    ['no such table', 'headers'],
    ['e'.repeat(900), 'headers, error'],
  ])('leave out the own headers, then the error %#', async (lastError, truncated) => {
    const { write, stored } = newWriter(1_200);
    await write({ ...letter, lastError });
    expect(stored[0]?.header.get('Tributary-Truncated')).toBe(truncated);
    expect(stored[0]?.header.has('Own')).toBe(false);
  });

  it('never leave out of the body: one that does not fit is refused', async () => {
    await expect(newWriter(1_200).write(letter, Buffer.alloc(1_200))).rejects.toThrow('max_payload of 1200 bytes');
  });
});
