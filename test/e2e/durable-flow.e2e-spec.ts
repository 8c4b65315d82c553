import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headers as newHeaders } from '@nats-io/transport-node';
import { jetstream } from '@nats-io/jetstream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DURABLE, letterOf, LETTERS, numbers, orders, startDurableServer, STREAM } from '../support/durable-host.js';
import { closedGate } from '../support/gate.js';
import { newLedger } from '../support/ledger.js';
import { linesWith, startNatsHost, triggerState } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { ROOT, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** A sub-runtime that does not start until a file is there. */
const UNTIL_OPEN = `
import { existsSync } from 'node:fs';
if (!existsSync(process.env.GATE_FILE)) process.exit(1);
await import(process.env.RUNTIME);
`;
/** Looks at no body, so that any can be sent. */
const REJECTING = 'exports.handle = () => ({ statusCode: 400 });';
const rejectingHandler = () => join(folderWith({ 'handler.cjs': REJECTING }), 'handler.cjs');

const inactive = (text: string) => ({ active: false, reason: expect.stringContaining(text) as string });

describe('section 8: a message in hand', () => {
  it('of a handler that runs longer than the ack wait is not delivered twice', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '300', TRIGGER_NATS_MAX_DELIVER: '1' });
    await nats.publish(orders(20, () => ({ do: 'slow', ms: 1_500 })));
    await nats.untilSettled();
    expect(ledger.begun()).toHaveLength(20);
    expect((await nats.manager.consumers.info(STREAM, DURABLE)).num_redelivered).toBe(0);
  });

  it('is one of so many as may run: no more is fetched than there is room for', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const gate = closedGate();
    const host = await nats.host(ledger, { TRIGGER_NATS_MAX_IN_FLIGHT: '2' });
    await nats.publish(orders(50, () => ({ do: 'gate', file: gate.body })));
    await until('two to run', () => ledger.begun().length === 2);
    const seen: number[] = [];
    for (let look = 0; look < 20; look++) {
      seen.push((await nats.manager.consumers.info(STREAM, DURABLE)).num_ack_pending);
    }
    expect(Math.max(...seen)).toBe(2);
    expect(await triggerState(host)).toMatchObject({ active: true });
    gate.open();
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(50));
  });

  it('waits while the sub-runtime cannot start, and that costs no delivery', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(orders(30));
    const folder = folderWith({ 'runtime.mjs': UNTIL_OPEN });
    const open = join(folder, 'open');
    const host = await nats.host(
      ledger,
      {
        SCW_RUNTIME_BINARY: process.execPath,
        SCW_RUNTIME_BRIDGE: join(folder, 'runtime.mjs'),
        GATE_FILE: open,
        RUNTIME: join(ROOT, 'runtimes/node/index.mjs'),
        TRIGGER_NATS_MAX_DELIVER: '1',
      },
      'listening',
    );
    await until('several starts that failed', () => linesWith(host, '"state":"backing-off"').length >= 3);
    expect(await nats.unsettled().catch(() => 30)).toBe(30);
    expect((await nats.manager.consumers.info(STREAM, DURABLE)).delivered.consumer_seq).toBe(0);
    writeFileSync(open, '');
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(30));
    expect(new Set(ledger.begun().map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  it('that failed comes again after its back-off, or after what Retry-After says', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_BACKOFF_MS: '400', TRIGGER_NATS_MAX_DELIVER: '2' });
    await nats.publish([
      { n: 1, do: 'throw' },
      { n: 2, do: 'status', status: 503, headers: { 'Retry-After': '2' } },
      { n: 3, do: 'status', status: 429, headers: { 'Retry-After': '0' } },
    ]);
    await until('three letters', async () => (await nats.letters()).length === 3);
    const between = (sequence: number) => {
      const [first, second] = ledger.begun().filter(({ requestId }) => requestId === `${STREAM}-${sequence}`);
      return second!.at - first!.at;
    };
    expect(between(1)).toBeGreaterThanOrEqual(195);
    expect(between(2)).toBeGreaterThanOrEqual(1_995);
    expect(between(3)).toBeLessThan(between(2));
  });
});

describe('section 8: dead letters that cannot be written', () => {
  it('keep their messages, which do not run again, until there is room', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const full = { name: LETTERS, subjects: ['tributary.dead.>'], discard: 'new' as const, max_msgs: 1 };
    await nats.manager.streams.add(full);
    const host = await nats.host(ledger);
    await nats.publish(orders(20, () => ({ do: 'status', status: 400 })));
    await host.outputs('A dead letter could not be written, and its message is kept: maximum messages exceeded');
    await until('all to have run', () => ledger.begun().length === 20);
    await until('them to be kept', async () => (await nats.unsettled()) === 19);
    expect(await nats.letters()).toHaveLength(1);
    await nats.manager.streams.update(LETTERS, { ...full, max_msgs: 100 });
    await until('the letters', async () => (await nats.letters()).length === 20);
    await nats.untilSettled();
    expect(ledger.begun()).toHaveLength(20);
    expect(new Set((await nats.letters()).map((letter) => letterOf(letter)['Reason']))).toEqual(new Set(['rejected']));
    expect(linesWith(host, 'A dead letter could not be written')).toHaveLength(1);
  });

  it('need a stream that covers a subject of their own, and go on once there is one', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish([{ n: 1, do: 'status', status: 400 }]);
    const host = await nats.host(ledger, { TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'failed.orders' });
    await host.outputs('no stream stores the dead letters: create one with the subject failed.orders.>');
    expect(await triggerState(host)).toMatchObject(inactive('no stream stores the dead letters'));
    expect(ledger.begun()).toEqual([]);
    await nats.manager.streams.add({ name: 'FAILED', subjects: ['failed.>'] });
    await until('the letter', async () => (await nats.manager.streams.info('FAILED')).state.messages === 1);
    const letter = await nats.manager.streams.getMessage('FAILED', { seq: 1 });
    expect(letter?.subject).toBe(`failed.orders.${STREAM}.1`);
  });

  it('bear bodies of any bytes, and the headers of the message', async () => {
    const nats = await startDurableServer();
    await nats.host(newLedger(), { SCW_HANDLER_PATH: rejectingHandler() });
    const body = Buffer.from([0, 255, 254, 13, 10, 0, 128, ...Buffer.from('é')]);
    const headers = newHeaders();
    headers.append('Trace', 'a');
    headers.append('Trace', 'b');
    headers.append('Nats-Msg-Id', 'id-1');
    headers.append('Tributary-Reason', 'mine');
    await jetstream(nats.client).publish('orders.binary', body, { headers });
    const letter = await until('a letter', async () => (await nats.letters())[0]);
    expect(Buffer.from(letter.data)).toEqual(body);
    expect(letter.header.values('Trace')).toEqual(['a', 'b']);
    expect(letterOf(letter)['Reason']).toBe('rejected');
    expect(JSON.parse(letterOf(letter)['Kept-Headers'] ?? '[]')).toEqual([
      [1, 'Nats-Msg-Id', ['id-1']],
      [2, 'Tributary-Reason', ['mine']],
    ]);
  });

  it('leave out headers where the body is nearly max_payload; beyond, the message is kept', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const limit = nats.client.info!.max_payload;
    const host = await nats.host(ledger, { SCW_HANDLER_PATH: rejectingHandler() });
    const headers = newHeaders();
    headers.append('Long', 'x'.repeat(3_000));
    const large = Buffer.alloc(limit - 3_200, 'a');
    await jetstream(nats.client).publish('orders.large', large, { headers });
    const letter = await until('a letter', async () => (await nats.letters())[0]);
    expect(Buffer.compare(Buffer.from(letter.data), large)).toBe(0);
    expect(letterOf(letter)).toMatchObject({ Truncated: 'headers', Reason: 'rejected' });
    await jetstream(nats.client).publish('orders.larger', Buffer.alloc(limit - 50, 'b'));
    await host.outputs(`over the NATS server's max_payload of ${limit} bytes`);
    await nats.publish([{ n: 3 }]);
    await until('the one behind it', async () => (await nats.letters()).length === 2);
    expect(await nats.unsettled()).toBe(1);
  });
});

describe('section 8: what keeps a durable trigger from working', () => {
  it('JetStream that is not enabled is said, and waited for', async () => {
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const host = await startNatsHost(server, { env: { TRIGGER_NATS_STREAM: STREAM, ...newLedger().env } });
    onTestFinished(async () => void (await host.stop()));
    await host.outputs('JetStream is not enabled on the NATS server: start it with --jetstream');
    expect(await triggerState(host)).toMatchObject(inactive('JetStream is not enabled'));
    expect((await fetch(`${host.adminUrl}/readyz`)).status).toBe(200);
  });

  it('fails readiness where HTTP is disabled, until it is gone', async () => {
    const nats = await startDurableServer(null);
    const host = await nats.host(newLedger(), { TRIGGER_HTTP_ENABLED: 'false' }, 'listening');
    const readiness = async () => (await fetch(`${host.adminUrl}/readyz`)).status;
    await host.outputs(`the stream ${STREAM} does not exist`);
    expect(await readiness()).toBe(503);
    await nats.manager.streams.add({ name: STREAM, subjects: ['orders.>'] });
    await until('readiness', async () => (await readiness()) === 200);
  });

  it('a lost connection shows at once', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger());
    await host.outputs('Fetches messages');
    await nats.server.kill();
    await host.outputs('was lost');
    expect(await triggerState(host)).toMatchObject(inactive('no connection to NATS at 127.0.0.1'));
    await nats.server.restart();
    await until('it to be back', async () => (await triggerState(host)).active);
  });
});
