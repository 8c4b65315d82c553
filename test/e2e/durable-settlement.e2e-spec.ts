import { describe, expect, it } from 'vitest';
import { DURABLE, letterOf, numbers, orders, startDurableServer, STREAM } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { until } from '../support/start-host.js';

describe('the settle table of JetStream', () => {
  it('succeeded: the message is acknowledged, and every message of the stream has run once', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(orders(300));
    await nats.host(ledger);
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(300));
    expect(ledger.duplicates()).toBe(0);
    expect(await nats.letters()).toEqual([]);
  });

  it('rejected: a dead letter at once, then terminated', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger);
    await nats.publish([{ n: 1, do: 'status', status: 404 }]);
    const [letter] = await until('a letter', async () =>
      (await nats.letters()).length > 0 ? nats.letters() : undefined,
    );
    await nats.untilSettled();
    expect(ledger.begun()).toHaveLength(1);
    expect(letter?.subject).toBe(`tributary.dead.shop.nats.${STREAM}.1`);
    expect(letter?.string()).toBe('{"n":1,"do":"status","status":404}');
    expect(letterOf(letter!)).toMatchObject({
      Function: 'shop',
      Trigger: 'nats',
      Reason: 'rejected',
      Deliveries: '1',
      'Last-Outcome': 'rejected',
      'Last-Status': '404',
      'Last-Error': 'the function answered with status 404',
      Subject: 'orders.new',
      Stream: STREAM,
      Sequence: '1',
      Consumer: DURABLE,
      'Request-Id': `${STREAM}-1`,
    });
  });

  it('failed: delivered again after the back-off, and a dead letter after the last delivery', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: '3', TRIGGER_NATS_BACKOFF_MS: '200,400' });
    await nats.publish([
      { n: 1, do: 'throw' },
      { n: 2, do: 'failFirst', times: 2 },
    ]);
    await until('a letter', async () => (await nats.letters()).length > 0);
    await nats.untilSettled();
    const attempts = (id: string) => ledger.begun().filter(({ requestId }) => requestId === id);
    expect(attempts(`${STREAM}-1`).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(attempts(`${STREAM}-2`).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const [first, second, third] = attempts(`${STREAM}-1`).map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(95);
    expect(third! - second!).toBeGreaterThanOrEqual(195);
    const letters = await nats.letters();
    expect(letters).toHaveLength(1);
    expect(letterOf(letters[0]!)).toMatchObject({
      Reason: 'failed',
      Deliveries: '3',
      'Last-Outcome': 'failed',
      'Last-Status': '500',
      'Last-Error': expect.stringContaining('thrown on purpose') as string,
    });
  });
});
