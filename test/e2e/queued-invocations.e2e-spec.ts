import { describe, expect, it, onTestFinished } from 'vitest';
import { letterOf, numbers, startDurableServer, storedMessages, STREAM } from '../support/durable-host.js';
import { closedGate } from '../support/gate.js';
import { newLedger } from '../support/ledger.js';
import { startNatsServer } from '../support/nats-server.js';
import { freeze } from '../support/processes.js';
import {
  NEVER_RUNS,
  post,
  QUEUE,
  QUEUE_CONSUMER,
  startQueueHost,
  startQueueServer,
  type QueueServer,
} from '../support/queued-host.js';
import { openRaw, statusOf } from '../support/raw-http.js';
import { type Host, until } from '../support/start-host.js';
import { APPLICATION_ID, applicationClaims, NAMESPACE_ID, pkcs1Pem, rs256Token, rsaKeys } from '../support/tokens.js';

const RESULTS = 'RESULTS';
const PUBLISHES = { TRIGGER_HTTP_RESULT_SUBJECT: 'results.http' };

async function addResults({ manager }: Pick<QueueServer, 'manager'>): Promise<void> {
  await manager.streams.add({ name: RESULTS, subjects: ['results.>'] });
}

const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status);

describe('section 9: queued invocations', () => {
  it('are answered with 202 once they are stored, and run', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    const answer = await post(host, { n: 1 }, { 'X-Request-Id': 'order-1' });
    expect([answer.status, await answer.text()]).toEqual([202, 'Accepted']);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'preference-applied': 'respond-async',
      'x-request-id': 'order-1',
      'content-type': 'text/plain; charset=utf-8',
      'access-control-allow-origin': '*',
    });
    await nats.untilSettled();
    expect(ledger.ended()).toMatchObject([{ n: 1, requestId: 'order-1', attempt: 1 }]);
    expect(await nats.letters()).toEqual([]);
  });

  it.each(['RESPOND-ASYNC, wait=10', 'handling=lenient; a="b, c", respond-async'])(
    'are asked for by Prefer: %s',
    async (prefer) => {
      const nats = await startQueueServer();
      const host = await nats.host(newLedger());
      expect((await post(host, {}, { Prefer: prefer })).status).toBe(202);
    },
  );

  it('are asked for by one of several headers, and never by a quoted string', async () => {
    const nats = await startQueueServer();
    const host = await nats.host(newLedger());
    const exchange = async (...lines: string[]) => {
      const connection = await openRaw(host.port);
      connection.write(['GET / HTTP/1.1', 'Host: h', 'Connection: close', ...lines, '', ''].join('\r\n'));
      return statusOf(await connection.closed());
    };
    expect(await exchange('Prefer: wait=1', 'Prefer: respond-async')).toBe(202);
    expect(await exchange('Prefer: a="b, respond-async"')).toBe(200);
  });

  it('give the function the same event as an answered request', async () => {
    const nats = await startQueueServer();
    await addResults(nats);
    const host = await nats.host(newLedger(), PUBLISHES);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const url = `${host.url}/a%20b/?q=1&q=2&__proto__=x`;
    const body = JSON.stringify({ do: 'echo', text: 'é\u2028\ud83d\ude00"\\', many: ['x', 1.5, null] });
    const ask = async (prefer: string) => {
      const headers = { 'X-A': 'b', traceparent, Prefer: prefer, 'X-Request-Id': 'same' };
      const answer = await fetch(url, { method: 'PUT', body, headers });
      return [answer.status, await answer.text()] as const;
    };
    const [, answered] = await ask('respond-sync');
    expect((await ask('respond-async'))[0]).toBe(202);
    const [result] = await until('a result', async () => {
      const found = await storedMessages(nats.manager, RESULTS);
      return found.length > 0 && found;
    });
    const timeless = (json: string) => {
      const { event, context } = JSON.parse(json) as {
        event: { headers: object; multiValueHeaders: object; requestContext: object };
        context: object;
      };
      return {
        event: {
          ...event,
          headers: { ...event.headers, Prefer: '' },
          multiValueHeaders: { ...event.multiValueHeaders, Prefer: [] },
          requestContext: { ...event.requestContext, requestTimeEpoch: 0 },
        },
        context: { ...context, deadline: 0 },
      };
    };
    expect(timeless(result!.string())).toEqual(timeless(answered));
    expect(result!.string()).toContain('"__proto__"');
  });

  it('of a source that formats its events itself give the body as it is', async () => {
    const nats = await startQueueServer();
    await addResults(nats);
    const host = await nats.host(newLedger(), PUBLISHES);
    const answer = await post(host, '{"do":"echo","n":7}', { SCW_TRIGGER_TYPE: 'mqtt' });
    expect([answer.status, await answer.text()]).toEqual([202, 'Accepted']);
    await nats.untilSettled();
    const [result] = await storedMessages(nats.manager, RESULTS);
    expect(JSON.parse(result!.string())).toMatchObject({ event: '{"do":"echo","n":7}' });
  });

  it('publish each outcome exactly once, although callers use a request id twice', async () => {
    const nats = await startQueueServer();
    await addResults(nats);
    const ledger = newLedger();
    const hosts = await Promise.all([nats.host(ledger, PUBLISHES), nats.host(ledger, PUBLISHES)]);
    const sent = numbers(40).map((n) => post(hosts[n % 2]!, { n }, { 'X-Request-Id': `id-${n % 20}` }));
    expect(new Set(statuses(await Promise.all(sent)))).toEqual(new Set([202]));
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(40));
    expect(ledger.ended()).toHaveLength(40);
    const results = await storedMessages(nats.manager, RESULTS);
    const handled = results.map((result) => (JSON.parse(result.string()) as { n: number }).n);
    expect(handled.sort((a, b) => a - b)).toEqual(numbers(40));
    expect(results[0]!.header.get('Status')).toBe('200');
    expect(results[0]!.header.get('Tributary-Request-Id')).toMatch(/^id-\d+$/);
  });

  it('run although the client has gone while its request was being stored', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    expect((await post(host, { n: 1 })).status).toBe(202);
    await nats.untilSettled();
    await freeze(nats.server.pid);
    onTestFinished(() => void process.kill(nats.server.pid, 'SIGCONT'));
    const leaving = await openRaw(host.port);
    leaving.write('POST / HTTP/1.1\r\nHost: h\r\nPrefer: respond-async\r\nContent-Length: 7\r\n\r\n{"n":2}');
    expect((await post(host, { n: 3 }, { Prefer: 'wait' })).status).toBe(200);
    leaving.socket.destroy();
    process.kill(nats.server.pid, 'SIGCONT');
    await until('the run', () => ledger.handled().includes(2));
    expect(leaving.received()).toBe('');
  });

  it('leave the other half of the permits to requests that are waited for', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const gate = closedGate();
    const host = await nats.host(ledger, { INVOCATION_MAX_IN_FLIGHT: '2' });
    await Promise.all(numbers(4).map((n) => post(host, { n, do: 'gate', file: gate.body })));
    await until('a run', () => ledger.begun().length > 0);
    expect((await post(host, { n: 5 }, { Prefer: 'wait' })).status).toBe(200);
    expect(ledger.begun().filter(({ n }) => n !== 5)).toHaveLength(1);
    gate.open();
    await nats.untilSettled();
    expect(ledger.handled()).toEqual(numbers(5));
  });
});

describe('section 9: the settle table of queued invocations', () => {
  it('failed: delivered again, and after the fifth delivery a dead letter with the event as its body', async () => {
    const nats = await startQueueServer();
    await addResults(nats);
    const ledger = newLedger();
    const host = await nats.host(ledger, PUBLISHES);
    const order = { n: 1, do: 'status', status: 500, headers: { 'Retry-After': '0' } };
    await post(host, order, { 'X-Request-Id': 'order-1' });
    await nats.untilSettled();
    expect(ledger.begun().map(({ attempt, requestId }) => [attempt, requestId])).toEqual(
      numbers(5).map((attempt) => [attempt, 'order-1']),
    );
    const [letter] = await nats.letters();
    expect(letter?.subject).toBe(`tributary.dead.shop.http.${QUEUE}.1`);
    expect(letterOf(letter!)).toMatchObject({
      Function: 'shop',
      Trigger: 'http',
      Type: 'http',
      Reason: 'failed',
      Deliveries: '5',
      'Last-Outcome': 'failed',
      'Last-Status': '500',
      Subject: 'tributary.invocation.shop.http',
      Stream: QUEUE,
      Sequence: '1',
      Consumer: QUEUE_CONSUMER,
      'Request-Id': 'order-1',
    });
    expect(JSON.parse(letter!.string())).toMatchObject({ body: JSON.stringify(order), httpMethod: 'POST' });
    const results = await storedMessages(nats.manager, RESULTS);
    expect(results.map((result) => [result.header.get('Status'), result.string()])).toEqual([['500', 'status 500']]);
    expect(await host.log(({ msg }) => String(msg).includes('became a dead letter'))).toMatchObject({
      requestId: 'order-1',
    });
  });

  it('failed once: runs again after the first back-off', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await post(host, { n: 1, do: 'failFirst', times: 1 });
    await nats.untilSettled();
    const [first, second] = ledger.begun();
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(450);
  });

  it('rejected, or no event at all: a dead letter at once', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await post(host, { n: 1, do: 'status', status: 404 });
    await nats.untilSettled();
    nats.client.publish('tributary.invocation.shop.http', 'garbage');
    await until('two letters', async () => (await nats.letters()).length === 2);
    const [rejected, unreadable] = (await nats.letters()).map(letterOf);
    expect(rejected).toMatchObject({ Reason: 'rejected', Deliveries: '1', 'Last-Status': '404' });
    expect(unreadable).toMatchObject({ Reason: 'unreadable', 'Request-Id': `${QUEUE}-2` });
    expect(ledger.begun()).toHaveLength(1);
  });
});

describe('section 9: what cannot be queued', () => {
  it("413 where it is over the server's max_payload", async () => {
    const nats = await startQueueServer({ config: 'max_payload: 4000' });
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await host.outputs('Connected to NATS');
    const answer = await post(host, { n: 1, text: 'x'.repeat(4_000) });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([413, null]);
    expect((await post(host, { n: 2 })).status).toBe(202);
    await nats.untilSettled();
    expect(ledger.handled()).toEqual([2]);
  });

  it('413 one byte over, and 202 one byte below', async () => {
    const nats = await startQueueServer({ config: 'max_payload: 4000' });
    const host = await nats.host(newLedger());
    await host.outputs('Connected to NATS');
    let [fits, tooLong] = [0, 4_000];
    while (tooLong - fits > 1) {
      const length = Math.floor((fits + tooLong) / 2);
      const { status } = await post(host, 'x'.repeat(length), { 'X-Request-Id': 'r', 'Content-Type': 'text/plain' });
      expect([202, 413]).toContain(status);
      if (status === 202) fits = length;
      else tooLong = length;
    }
    await nats.untilSettled();
    expect(host.output()).not.toContain('was lost');
  });

  it('413 where it is over what a message of the stream may have', async () => {
    const nats = await startQueueServer();
    const subjects = ['tributary.invocation.>'];
    await nats.manager.streams.add({ name: QUEUE, subjects, retention: 'workqueue', max_msg_size: 2_000 });
    const host = await nats.host(newLedger());
    await host.outputs('Connected to NATS');
    expect((await post(host, { text: 'x'.repeat(2_000) })).status).toBe(413);
  });

  async function expectRefusal(host: Host): Promise<void> {
    const answer = await post(host, { n: 1 });
    expect([answer.status, await answer.text()]).toEqual([503, 'The request could not be queued.']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
    expect((await post(host, { n: 2 }, { Prefer: 'wait' })).status).toBe(200);
  }

  it('503 while there is no server, and 202 when it is back', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await host.outputs('Connected to NATS');
    await nats.server.kill();
    await expectRefusal(host);
    await host.outputs('Requests that could not be queued');
    await nats.server.restart();
    await until('a connection', async () => (await post(host, { n: 3 })).status === 202);
    await until('the run', () => ledger.handled().includes(3));
    expect(ledger.handled()).toEqual([2, 3]);
  });

  it('503 where the server has no JetStream', async () => {
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const host = await startQueueHost(server, newLedger().env);
    await host.outputs('Connected to NATS');
    await expectRefusal(host);
    await host.outputs('JetStream is not enabled on the NATS server');
  });

  it('503 where the stream is full', async () => {
    const nats = await startQueueServer();
    const subjects = ['tributary.invocation.>'];
    const limits = { max_msgs: 1, discard: 'new', retention: 'workqueue' } as const;
    await nats.manager.streams.add({ name: QUEUE, subjects, ...limits });
    const host = await nats.host(newLedger(), NEVER_RUNS, 'listening');
    await host.outputs('Connected to NATS');
    expect(statuses([await post(host, { n: 1 }), await post(host, { n: 2 })])).toEqual([202, 503]);
  });

  it('503 where the server does not confirm it in time', async () => {
    const nats = await startQueueServer();
    const host = await nats.host(newLedger());
    expect((await post(host, { n: 1 })).status).toBe(202);
    await freeze(nats.server.pid);
    onTestFinished(() => void process.kill(nats.server.pid, 'SIGCONT'));
    await expectRefusal(host);
  });

  it('the stream is made anew where it was removed', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    expect((await post(host, { n: 1 })).status).toBe(202);
    await nats.untilSettled();
    await nats.manager.streams.delete(QUEUE);
    expect((await post(host, { n: 2 })).status).toBe(202);
    await until('the run', () => ledger.handled().includes(2));
  });

  it('the preference is ignored where queued invocations are off', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const host = await nats.host(ledger, { TRIGGER_HTTP_ASYNC: undefined });
    const answer = await post(host, { n: 1 });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, null]);
    expect(ledger.handled()).toEqual([1]);
    expect((await nats.manager.streams.names().next()).length).toBe(0);
  });

  it('401 without a token: nothing is stored; with one, it never gets into the stream', async () => {
    const keys = rsaKeys();
    const nats = await startQueueServer();
    const env = {
      SCW_PUBLIC: undefined,
      SCW_PUBLIC_KEY: pkcs1Pem(keys),
      SCW_APPLICATION_ID: APPLICATION_ID,
      SCW_NAMESPACE_ID: NAMESPACE_ID,
      ...NEVER_RUNS,
    };
    const host = await nats.host(newLedger(), env, 'listening');
    await host.outputs('Connected to NATS');
    expect((await post(host, { n: 1 })).status).toBe(401);
    const token = rs256Token(keys, applicationClaims());
    expect((await post(host, { n: 2 }, { 'SCW-Functions-Token': token })).status).toBe(202);
    const stored = await nats.queued();
    expect(stored).toHaveLength(1);
    const event = JSON.parse(stored[0]!.string()) as { body: string; requestContext: object };
    expect(event).toMatchObject({ body: '{"n":2}', requestContext: { authorizer: { claims: applicationClaims() } } });
    const all = stored[0]!.string() + JSON.stringify([...stored[0]!.header]);
    for (const part of token.split('.').slice(1)) expect(all).not.toContain(part);
  });

  it.each([
    ['TRIGGER_HTTP_ASYNC', { TRIGGER_HTTP_ASYNC: 'true' }],
    ['TRIGGER_HTTP_RESULT_SUBJECT', { TRIGGER_HTTP_ASYNC: undefined, TRIGGER_HTTP_RESULT_SUBJECT: 'results' }],
  ])('%s without TRIGGER_NATS_URL is refused by name', async (name, env) => {
    const host = await startQueueHost({ url: '' }, { TRIGGER_NATS_URL: undefined, ...env }, 'spawned');
    expect(await host.exited).toEqual({ code: 78, signal: null });
    expect(host.output()).toContain(`${name}: expected TRIGGER_NATS_URL beside it, but it is not set`);
  });
});

describe('section 9: queued invocations outlive the host', () => {
  it('what nobody had fetched when it was killed runs on the next', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const first = await nats.host(ledger, NEVER_RUNS, 'listening');
    await first.outputs('Connected to NATS');
    expect((await post(first, { n: 1 })).status).toBe(202);
    await first.stop('SIGKILL');
    await nats.host(ledger);
    await nats.untilSettled();
    expect(ledger.ended()).toMatchObject([{ n: 1, attempt: 1 }]);
  });

  it('what it had in hand when it was killed runs again after the ack wait', { timeout: 120_000 }, async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const gate = closedGate();
    const first = await nats.host(ledger);
    expect((await post(first, { n: 1, do: 'gate', file: gate.body })).status).toBe(202);
    await until('the run', () => ledger.begun().length === 1);
    await first.stop('SIGKILL');
    await nats.host(ledger);
    await until('the second run', () => ledger.begun().length === 2, 60_000);
    gate.open();
    await nats.untilSettled();
    expect(ledger.ended()).toMatchObject([{ n: 1, attempt: 2 }]);
  });

  it('SIGTERM under load loses nothing that was answered with 202', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const first = await nats.host(ledger, { INVOCATION_MAX_IN_FLIGHT: '4' });
    const accepted: number[] = [];
    const send = async (n: number) => {
      const answer = await post(first, { n, do: 'slow', ms: 20 }).catch(() => undefined);
      if (answer?.status === 202) accepted.push(n);
    };
    let sent = 0;
    let stopped: ReturnType<Host['stop']> | undefined;
    const client = async () => {
      while (first.child.exitCode === null && sent < 2_000) {
        await send(++sent);
        if (accepted.length >= 100) stopped ??= first.stop();
      }
    };
    await Promise.all(numbers(8).map(client));
    expect(await stopped).toEqual({ code: 0, signal: null });
    await nats.host(ledger);
    await nats.untilSettled();
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    expect(ledger.handled()).toEqual(expect.arrayContaining(accepted));
    expect(ledger.duplicates()).toBe(0);
  });

  it('while it drains: 503, and nothing is stored', async () => {
    const nats = await startQueueServer();
    const ledger = newLedger();
    const gate = closedGate();
    const host = await nats.host(ledger);
    const [busy, idle] = [await openRaw(host.port), await openRaw(host.port)];
    const request = (body: string, prefer: string) =>
      `POST / HTTP/1.1\r\nHost: h\r\nPrefer: ${prefer}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    busy.write(request(JSON.stringify({ n: 1, do: 'gate', file: gate.body }), 'wait'));
    await until('the run', () => ledger.begun().length === 1);
    const ended = host.stop();
    await idle.closed();
    busy.write(request('{"n":2}', 'respond-async'));
    gate.open();
    const refusals = (await busy.closed()).split(/(?=HTTP\/1\.1 \d)/).slice(1);
    await ended;
    for (const refusal of refusals) expect(statusOf(refusal)).toBe(503);
    expect(await nats.queued()).toEqual([]);
    expect(ledger.handled()).toEqual([1]);
  });
});

describe('three triggers in a row', () => {
  it('a webhook is queued, its result is a message of a stream, and another function takes it from there', async () => {
    const nats = await startDurableServer();
    const [webLedger, shopLedger] = [newLedger(), newLedger()];
    const web = await startQueueHost(nats.server, {
      SCW_APPLICATION_NAME: 'web',
      TRIGGER_HTTP_RESULT_SUBJECT: 'orders.accepted',
      ...webLedger.env,
    });
    await nats.host(shopLedger);
    const answers = await Promise.all(numbers(50).map((n) => post(web, { n })));
    expect(new Set(statuses(answers))).toEqual(new Set([202]));
    await until('all to be handled', () => shopLedger.handled().length === 50);
    await nats.untilSettled();
    expect(webLedger.handled()).toEqual(numbers(50));
    expect(shopLedger.handled()).toEqual(numbers(50));
    expect([webLedger.duplicates(), shopLedger.duplicates()]).toEqual([0, 0]);
    expect(await storedMessages(nats.manager, STREAM)).toHaveLength(50);
    expect(await nats.letters()).toEqual([]);
  });
});
