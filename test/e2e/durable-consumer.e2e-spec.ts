import { describe, expect, it } from 'vitest';
import { deleteConsumer, DURABLE, numbers, orders, startDurableServer, STREAM } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { APPLICATION, linesWith, triggerState } from '../support/nats-host.js';
import { until } from '../support/start-host.js';

const MS = 1_000_000;
const inactive = (text: string) => ({ active: false, reason: expect.stringContaining(text) as string });

describe('section 8: the durable consumer', () => {
  it('is created with unlimited deliveries and no back-off, as configured', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger(), {
      TRIGGER_NATS_ACK_WAIT_MS: '7000',
      TRIGGER_NATS_MAX_ACK_PENDING: '123',
      TRIGGER_NATS_MAX_DELIVER: '3',
    });
    await host.outputs(`Created the consumer ${DURABLE} of stream ${STREAM}`);
    const { config } = await nats.manager.consumers.info(STREAM, DURABLE);
    expect(config).toMatchObject({
      durable_name: DURABLE,
      ack_policy: 'explicit',
      deliver_policy: 'all',
      ack_wait: 7_000 * MS,
      max_ack_pending: 123,
      max_deliver: -1,
      filter_subject: 'orders.>',
    });
    expect(config.backoff ?? []).toEqual([]);
    expect(config.deliver_subject).toBeUndefined();
    expect(await triggerState(host)).toEqual(expect.objectContaining({ active: true }));
  });

  it('of another function whose name makes the same is refused', async () => {
    const nats = await startDurableServer();
    const first = await nats.host(newLedger());
    await first.outputs('Created the consumer');
    await first.stop();
    const { config } = await nats.manager.consumers.info(STREAM, DURABLE);
    expect(config.description).toBe(`Created by Tributary for trigger nats of function ${APPLICATION}`);
    const owner = 'trigger b-nats of function a';
    await nats.manager.consumers.update(STREAM, DURABLE, { description: `Created by Tributary for ${owner}` });
    const second = await nats.host(newLedger());
    await second.outputs('Messages of stream');
    const { reason } = await triggerState(second);
    expect(reason).toBe(
      `the consumer ${DURABLE} of stream ${STREAM} is that of ${owner}, whose name makes the same: name another in TRIGGER_NATS_DURABLE`,
    );
  });

  it('takes all of the stream where no subject is given', async () => {
    const nats = await startDurableServer({ subjects: ['orders.>', 'returns'] });
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_SUBJECT: undefined });
    await nats.publish([{ n: 1 }]);
    await nats.publish([{ n: 2 }], 'returns');
    await until('both', () => ledger.handled().length === 2);
    expect((await nats.manager.consumers.info(STREAM, DURABLE)).config.filter_subject ?? '').toBe('');
  });

  it('that differs is refused, each difference by its variable, and goes on by itself once it does not', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const found = { durable_name: DURABLE, ack_policy: 'explicit', filter_subject: 'orders.paid' } as const;
    await nats.manager.consumers.add(STREAM, { ...found, max_deliver: 7, ack_wait: 5_000 * MS, max_ack_pending: 9 });
    await nats.publish([{ n: 1 }], 'orders.paid');
    const host = await nats.host(ledger);
    await host.outputs('differs from the configuration');
    const { reason = '' } = await triggerState(host);
    expect(reason).toContain('it filters orders.paid, and TRIGGER_NATS_SUBJECT says orders.>');
    expect(reason).toContain('its ack wait is 5000 ms, and TRIGGER_NATS_ACK_WAIT_MS says 30000 ms');
    expect(reason).toContain('its max ack pending is 9, and TRIGGER_NATS_MAX_ACK_PENDING says 10000');
    expect(reason).toContain('its max deliver is 7, and -1 is needed');
    expect(reason).toContain('Delete it, or name another in TRIGGER_NATS_DURABLE: nats-server 2.9');
    expect(ledger.begun()).toEqual([]);
    await deleteConsumer(nats.manager);
    await until('the message', () => ledger.handled().length === 1);
    expect(await triggerState(host)).toMatchObject({ active: true });
    expect(linesWith(host, 'differs from the configuration')).toHaveLength(1);
  });

  it('whose filter differs is not changed by an old server, which would pass over what is stored', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.manager.consumers.add(STREAM, { durable_name: DURABLE, ack_policy: 'explicit' });
    await nats.publish([{ n: 1 }]);
    const host = await nats.host(ledger, {
      TRIGGER_NATS_ACK_WAIT_MS: '30000',
      TRIGGER_NATS_MAX_ACK_PENDING: '1000',
      TRIGGER_NATS_UPDATE_CONSUMER: 'true',
    });
    await host.outputs('passes over what is stored when a filter is changed');
    await deleteConsumer(nats.manager);
    await until('the message', () => ledger.handled().length === 1);
  });

  it('that differs is changed where TRIGGER_NATS_UPDATE_CONSUMER allows it, and keeps its place', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.manager.consumers.add(STREAM, {
      durable_name: DURABLE,
      ack_policy: 'explicit',
      filter_subject: 'orders.>',
      max_deliver: 4,
      backoff: [1_000 * MS, 2_000 * MS],
      headers_only: true,
      max_batch: 5,
      max_expires: 20_000 * MS,
    });
    await nats.publish([{ n: 1 }]);
    const host = await nats.host(ledger, { TRIGGER_NATS_UPDATE_CONSUMER: 'true' });
    await host.outputs('was changed: ');
    await until('the message', () => ledger.handled().length === 1);
    const { config } = await nats.manager.consumers.info(STREAM, DURABLE);
    expect(config).toMatchObject({ max_deliver: -1, filter_subject: 'orders.>', ack_wait: 30_000 * MS });
    expect(linesWith(host, 'was changed: ')).toHaveLength(1);
    expect([config.backoff ?? [], config.headers_only ?? false, config.max_batch ?? 0]).toEqual([[], false, 0]);
  });

  it.each(['false', 'true'])('that pushes is refused, updates allowed: %s', async (allowed) => {
    const nats = await startDurableServer();
    await nats.manager.consumers.add(STREAM, {
      durable_name: DURABLE,
      ack_policy: 'explicit',
      deliver_subject: 'pushed.here',
    });
    const host = await nats.host(newLedger(), { TRIGGER_NATS_UPDATE_CONSUMER: allowed });
    await host.outputs('it is a push consumer, and a pull consumer is needed');
    expect(await triggerState(host)).toMatchObject(inactive('Delete it, or name another in TRIGGER_NATS_DURABLE'));
  });

  it('of several subjects needs a newer server, and the text names the way out', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger(), { TRIGGER_NATS_SUBJECT: 'orders.new,orders.paid' });
    await host.outputs('TRIGGER_NATS_SUBJECT has several subjects');
    expect(await triggerState(host)).toMatchObject(inactive('make a trigger for each subject in TRIGGERS_FILE'));
  });

  it('deleted while it is used is created anew, and what it replays is said', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await nats.publish(orders(20));
    await nats.untilSettled();
    await deleteConsumer(nats.manager);
    await host.outputs('it replays what the stream holds', 15_000);
    await nats.publish(orders(5).map((_, n) => ({ n: 21 + n })));
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(25));
    expect(ledger.duplicates()).toBe(20);
  });

  it('for new messages passes over the old ones; deleted while it is used, nothing published meanwhile is lost', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(orders(10));
    const host = await nats.host(ledger, { TRIGGER_NATS_DELIVER_POLICY: 'new' });
    await host.outputs('Created the consumer');
    await nats.publish(numbers(10).map((n) => ({ n: n + 10 })));
    await nats.untilSettled();
    await deleteConsumer(nats.manager);
    await nats.publish(numbers(10).map((n) => ({ n: n + 20 })));
    await host.outputs('it goes on at sequence 11', 15_000);
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(30).slice(10));
  });

  it('replaced by another of its name is noticed: what it replays runs', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await nats.publish(orders(10));
    await nats.untilSettled();
    const { config } = await nats.manager.consumers.info(STREAM, DURABLE);
    await until('a later moment', async () => {
      const { created, ts } = (await nats.manager.consumers.info(STREAM, DURABLE)) as { created: string; ts?: string };
      return (ts === undefined ? Date.now() : Date.parse(ts)) - Date.parse(created) > 1_500;
    });
    await deleteConsumer(nats.manager);
    await nats.manager.consumers.add(STREAM, config);
    // Whoever was faster made the new one.
    await host.outputs(/was replaced by another of its name|has been created anew/, 15_000);
    await until('all again', () => ledger.ended().length === 20);
    expect(ledger.duplicates()).toBe(10);
  });

  it('with one unsettled message at most keeps the order over two hosts, retries included', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const env = { TRIGGER_NATS_MAX_ACK_PENDING: '1' };
    await nats.host(ledger, env);
    await nats.host(ledger, env);
    await nats.publish(orders(60, (n) => (n % 20 === 0 ? { do: 'failFirst', times: 1 } : {})));
    await nats.untilSettled();
    const order = ledger.begun().map(({ n }) => n);
    expect(order).toEqual(numbers(60).flatMap((n) => (n % 20 === 0 ? [n, n] : [n])));
  });
});

describe('section 8: the stream', () => {
  it('that is missing is waited for, and never created', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await host.outputs(`the stream ${STREAM} does not exist`);
    expect(await triggerState(host)).toMatchObject(inactive('it is waited for, and never created here'));
    await nats.manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
    await nats.publish([{ n: 1 }]);
    await until('the message', () => ledger.handled().length === 1);
    expect(linesWith(host, 'does not exist')).toHaveLength(1);
  });

  it.each(['all', 'new'])(
    'deleted and made anew is gone on with, deliver policy %s: its messages are others',
    async (policy) => {
      const nats = await startDurableServer();
      const ledger = newLedger();
      const host = await nats.host(ledger, { TRIGGER_NATS_DELIVER_POLICY: policy });
      await host.outputs('Fetches messages');
      await nats.publish(orders(10));
      await nats.untilSettled();
      await nats.manager.streams.delete(STREAM);
      await host.outputs(`the stream ${STREAM} does not exist`, 15_000);
      await nats.manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
      await nats.publish(numbers(10).map((n) => ({ n: n + 10 })));
      await until('the others', () => ledger.handled().length === 20);
      expect(ledger.handled()).toEqual(numbers(20));
      await nats.untilSettled();
    },
  );

  it('made anew: a letter of an earlier life does not stand for one of the new', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger());
    const reject = (n: number) => ({ n, do: 'status', status: 400 });
    await nats.publish([reject(1)]);
    await until('a letter', async () => (await nats.letters()).length === 1);
    await nats.manager.streams.delete(STREAM);
    await host.outputs(`the stream ${STREAM} does not exist`, 15_000);
    await nats.manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
    await nats.publish([reject(2)]);
    await until('a second letter', async () => (await nats.letters()).length === 2);
    await nats.untilSettled();
    const letters = await nats.letters();
    expect(letters.map((letter) => letter.json())).toEqual([reject(1), reject(2)]);
    expect(new Set(letters.map(({ subject }) => subject))).toEqual(new Set([`tributary.dead.shop.nats.${STREAM}.1`]));
  });

  it('of the kind work queue forgets what was handled or given up', async () => {
    const nats = await startDurableServer({ retention: 'workqueue' });
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: '2' });
    await nats.publish(orders(50, (n) => (n === 7 ? { do: 'throw' } : {})));
    await until('a letter', async () => (await nats.letters()).length === 1);
    await nats.untilSettled();
    await until('an empty stream', async () => (await nats.manager.streams.info(STREAM)).state.messages === 0);
    expect(ledger.handled()).toEqual(numbers(50).filter((n) => n !== 7));
  });

  it.each([
    ['TRIGGER_NATS_RESULT_SUBJECT', 'orders.done'],
    ['TRIGGER_NATS_DEAD_LETTER_SUBJECT', 'orders.dead'],
  ])(
    '%s in the stream of a trigger that takes all of it is refused: it would go round for ever',
    async (name, subject) => {
      const nats = await startDurableServer();
      const ledger = newLedger();
      const host = await nats.host(ledger, { TRIGGER_NATS_SUBJECT: undefined, [name]: subject });
      await nats.publish(orders(3));
      await host.outputs(`${name} lies in stream ${STREAM} itself`);
      expect((await triggerState(host)).active).toBe(false);
      expect(ledger.begun()).toEqual([]);
    },
  );
});
