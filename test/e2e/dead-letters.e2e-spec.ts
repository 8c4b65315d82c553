import { afterAll, describe, expect, it } from 'vitest';
import { api, linesOf, mending, untilLetters, writeLetter } from '../support/dead-letters.js';
import { orders, startDurableServer, STREAM, storedMessages } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { startHost, until } from '../support/start-host.js';

describe('section 10: the dead letters of a function', () => {
  it('are listed, page by page, and shown with their content', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger());
    await nats.publish(orders(3, () => ({ do: 'status', status: 404 })));
    await untilLetters(nats, 3);
    const first = await api(host, 'GET', '?limit=2');
    expect(first.json).toMatchObject({
      letters: [
        { id: '1', function: 'shop', trigger: 'nats', type: 'nats', reason: 'rejected', attempt: 1, size: 34 },
        { id: '2', lastStatus: 404, lastOutcome: 'rejected' },
      ],
      next: '2',
    });
    const second = await api(host, 'GET', `?limit=2&cursor=2&trigger=nats`);
    expect((second.json['letters'] as { id: string }[]).map(({ id }) => id)).toEqual(['3']);
    expect(second.json['next']).toBeUndefined();
    expect((await api(host, 'GET', '?reason=failed')).json).toEqual({ letters: [] });
    expect((await api(host, 'GET', '/3')).json).toMatchObject({
      id: '3',
      subject: 'orders.new',
      headers: {},
      isBase64Encoded: false,
      body: expect.stringContaining('"status":404') as string,
    });
    expect(await api(host, 'GET', '/99')).toMatchObject({
      status: 404,
      json: { statusCode: 404, code: 'DEAD_LETTER_NOT_FOUND', message: 'there is no dead letter 99' },
    });
  });

  it('are removed by a replay that succeeds, which ran once and whose result is published', async () => {
    const nats = await startDurableServer();
    await nats.manager.streams.add({ name: 'RESULTS', subjects: ['results'] });
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger, { TRIGGER_NATS_RESULT_SUBJECT: 'results' });
    await nats.publish(orders(1, () => broken));
    await untilLetters(nats, 1);
    mend();
    expect(await api(host, 'POST', '/1/replay')).toMatchObject({
      status: 200,
      json: { id: '1', trigger: 'nats', requestId: `${STREAM}-1`, result: 'succeeded', status: 200 },
    });
    expect(await nats.letters()).toEqual([]);
    expect(ledger.begun().map(({ requestId, attempt }) => [requestId, attempt])).toEqual([
      [`${STREAM}-1`, 1],
      [`${STREAM}-1`, 1],
    ]);
    const results = await storedMessages(nats.manager, 'RESULTS');
    expect(results.map((result) => [result.header.get('Status'), result.string()])).toEqual([
      ['404', 'broken'],
      ['200', 'mended'],
    ]);
    expect((await api(host, 'POST', '/1/replay')).status).toBe(404);
  });

  it('are kept by a replay that fails', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger(), { TRIGGER_NATS_MAX_DELIVER: '1' });
    await nats.publish([{ do: 'status', status: 404 }]);
    await untilLetters(nats, 1);
    await nats.publish([{ do: 'exit' }]);
    await untilLetters(nats, 2);
    expect((await api(host, 'POST', '/1/replay')).json).toEqual({
      id: '1',
      trigger: 'nats',
      requestId: `${STREAM}-1`,
      result: 'failed',
      outcome: 'rejected',
      status: 404,
      message: 'the function answered with status 404',
    });
    expect((await api(host, 'POST', '/2/replay')).json).toMatchObject({ result: 'failed', outcome: 'crashed' });
    expect(await nats.letters()).toHaveLength(2);
  });

  it('are replayed one after the other where a filter fits, each with its report', async () => {
    const nats = await startDurableServer();
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger);
    await nats.publish([{ n: 1, ...broken }], 'orders.eu.new');
    await nats.publish([{ n: 2, do: 'status', status: 404 }], 'orders.eu.old');
    await nats.publish([{ n: 3, ...broken }], 'orders.us.new');
    await untilLetters(nats, 3);
    const gone = await writeLetter(nats, { trigger: 'gone', subject: 'orders.eu.gone' });
    mend();
    const { status, text } = await api(host, 'POST', '/replay', { subject: 'orders.eu.*' });
    expect(status).toBe(200);
    const results = new Map(linesOf(text).map(({ requestId, result }) => [requestId, String(result)]));
    expect([...results.values()].sort()).toEqual(['failed', 'refused', 'succeeded']);
    expect(linesOf(text)).toContainEqual({
      id: gone,
      trigger: 'gone',
      requestId: `${STREAM}-1000`,
      result: 'refused',
      message: `dead letter ${gone} is one of trigger gone, which this host does not have`,
    });
    const left = (await nats.letters()).map((letter) => letter.header.get('Tributary-Subject')).sort();
    expect(left).toEqual(['orders.eu.gone', 'orders.eu.old', 'orders.us.new']);
    expect(ledger.begun()).toHaveLength(5);
  });

  it('are discarded one by one, or where a filter fits', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await nats.publish(orders(2, () => ({ do: 'status', status: 404 })));
    await nats.publish(
      orders(2, () => ({ do: 'status', status: 410 })),
      'orders.old',
    );
    await untilLetters(nats, 4);
    const { letters } = (await api(host, 'GET', '?subject=orders.new')).json as { letters: { id: string }[] };
    expect((await api(host, 'DELETE', `/${letters[0]?.id}`)).status).toBe(204);
    expect((await api(host, 'DELETE', `/${letters[0]?.id}`)).status).toBe(404);
    expect((await api(host, 'POST', '/discard', { subject: 'orders.old' })).json).toEqual({ discarded: 2 });
    expect(await nats.letters()).toHaveLength(1);
    expect((await api(host, 'POST', '/discard', { all: true })).json).toEqual({ discarded: 1 });
    expect(ledger.begun()).toHaveLength(4);
  });

  it('are never replayed twice at once, nor discarded meanwhile', async () => {
    const nats = await startDurableServer();
    const [ledger, { gated, mend, openGate }] = [newLedger(), mending()];
    const host = await nats.host(ledger);
    await nats.publish([gated]);
    await untilLetters(nats, 1);
    mend();
    const replay = api(host, 'POST', '/1/replay');
    await until('the replay to run', () => ledger.begun().length === 2);
    for (const [method, path] of [['POST', '/1/replay'] as const, ['DELETE', '/1'] as const]) {
      expect(await api(host, method, path)).toMatchObject({
        status: 409,
        json: { code: 'DEAD_LETTER_REFUSED', message: 'dead letter 1 is being replayed' },
      });
    }
    expect((await api(host, 'POST', '/discard', { all: true })).json).toEqual({ discarded: 0 });
    openGate();
    expect((await replay).json['result']).toBe('succeeded');
    expect(ledger.begun()).toHaveLength(2);
    expect(await nats.letters()).toEqual([]);
  });

  it('go on to be replayed only as long as somebody listens', async () => {
    const nats = await startDurableServer();
    const [ledger, { gated, mend, openGate }] = [newLedger(), mending()];
    const host = await nats.host(ledger);
    await nats.publish([gated, gated]);
    await untilLetters(nats, 2);
    mend();
    const closing = new AbortController();
    const replay = fetch(`${host.adminUrl}/api/dead-letters/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"all":true}',
      signal: closing.signal,
    }).then((response) => response.text());
    await until('the first replay to run', () => ledger.begun().length === 3);
    closing.abort();
    await expect(replay).rejects.toThrow();
    openGate();
    await untilLetters(nats, 1);
    expect((await api(host, 'POST', '/2/replay')).json['result']).toBe('succeeded');
    expect(ledger.begun()).toHaveLength(4);
  });

  it('of another function are not seen, and not touched', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger);
    await until('the stream of letters', () =>
      nats.manager.streams.info('TRIBUTARY_DEAD_LETTERS').then(Boolean, () => false),
    );
    const id = await writeLetter(nats, { function: 'bank' });
    const message = `dead letter ${id} is one of the function "bank", not of "shop"`;
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
      ['DELETE', ''],
    ] as const) {
      expect(await api(host, method, `/${id}${path}`)).toMatchObject({ status: 404, json: { message } });
    }
    expect((await api(host, 'GET', '')).json).toEqual({ letters: [] });
    expect((await api(host, 'POST', '/discard', { all: true })).json).toEqual({ discarded: 0 });
    expect(await nats.letters()).toHaveLength(1);
    expect(ledger.begun()).toEqual([]);
  });

  it('of ticks are replayed, with their results', async () => {
    const nats = await startDurableServer(null);
    await nats.manager.streams.add({ name: 'RESULTS', subjects: ['results'] });
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger, {
      TRIGGER_NATS_STREAM: undefined,
      TRIGGER_NATS_SUBJECT: undefined,
      TRIGGER_CRON_SCHEDULE: '* * * * * *',
      TRIGGER_CRON_ARGS: JSON.stringify(broken),
      TRIGGER_CRON_RESULT_SUBJECT: 'results',
    });
    await until('a letter', async () => (await nats.letters()).length > 0);
    const { requestId } = (await api(host, 'GET', '/1')).json as { requestId: string };
    mend();
    expect((await api(host, 'POST', '/1/replay')).json).toMatchObject({
      trigger: 'cron',
      requestId,
      result: 'succeeded',
    });
    const runs = ledger.begun().filter((run) => run.requestId === requestId);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 1]);
    const results = await storedMessages(nats.manager, 'RESULTS');
    const ofTick = results.filter((result) => result.header.get('Tributary-Request-Id') === requestId);
    expect(ofTick.map((result) => result.header.get('Status'))).toEqual(['404', '200']);
  });

  it('of queued requests are replayed, with their results', async () => {
    const nats = await startDurableServer(null);
    await nats.manager.streams.add({ name: 'RESULTS', subjects: ['results'] });
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger, {
      TRIGGER_NATS_STREAM: undefined,
      TRIGGER_NATS_SUBJECT: undefined,
      TRIGGER_HTTP_ASYNC: 'true',
      TRIGGER_HTTP_RESULT_SUBJECT: 'results',
    });
    const headers = { prefer: 'respond-async', 'x-request-id': 'order-1' };
    expect((await fetch(host.url, { method: 'POST', headers, body: JSON.stringify(broken) })).status).toBe(202);
    await untilLetters(nats, 1);
    mend();
    expect((await api(host, 'POST', '/1/replay')).json).toMatchObject({ requestId: 'order-1', result: 'succeeded' });
    expect(ledger.begun().map(({ requestId }) => requestId)).toEqual(['order-1', 'order-1']);
    const results = await storedMessages(nats.manager, 'RESULTS');
    expect(results.map((result) => result.header.get('Status'))).toEqual(['404', '200']);
  });

  it('can lie under a subject of their own, and are called by their stream then', async () => {
    const nats = await startDurableServer();
    await nats.manager.streams.add({ name: 'GIVEN_UP', subjects: ['given.up.>'] });
    const [ledger, { broken, mend }] = [newLedger(), mending()];
    const host = await nats.host(ledger, { TRIGGER_NATS_DEAD_LETTER_SUBJECT: 'given.up.orders' });
    await nats.publish(orders(2, () => broken));
    await until('letters', async () => (await storedMessages(nats.manager, 'GIVEN_UP')).length === 2);
    const { letters } = (await api(host, 'GET', '')).json as { letters: { id: string }[] };
    expect(letters.map(({ id }) => id)).toEqual(['GIVEN_UP/1', 'GIVEN_UP/2']);
    mend();
    const path = `/${encodeURIComponent('GIVEN_UP/1')}`;
    expect((await api(host, 'GET', path)).json).toMatchObject({ id: 'GIVEN_UP/1' });
    expect((await api(host, 'POST', `${path}/replay`)).json).toMatchObject({ result: 'succeeded' });
    expect((await api(host, 'GET', '?cursor=GIVEN_UP%2F1')).json).toMatchObject({ letters: [{ id: 'GIVEN_UP/2' }] });
    expect(linesOf((await api(host, 'POST', '/replay', { all: true })).text)).toMatchObject([{ result: 'succeeded' }]);
    expect(await storedMessages(nats.manager, 'GIVEN_UP')).toEqual([]);
  });

  it('are not replayed by a host that ends, which ends what it has begun', async () => {
    const nats = await startDurableServer();
    const [ledger, { gated, mend, openGate }] = [newLedger(), mending()];
    const host = await nats.host(ledger);
    await nats.publish([gated, gated]);
    await untilLetters(nats, 2);
    mend();
    const replay = api(host, 'POST', '/replay', { all: true });
    await until('the replay to run', () => ledger.begun().length === 3);
    host.child.kill('SIGTERM');
    const refused = await until('replays to be refused', async () => {
      const answer = await api(host, 'POST', '/99/replay');
      return answer.status === 503 && answer;
    });
    expect(refused.json).toMatchObject({ code: 'DRAINING', message: 'the host is shutting down and replays nothing' });
    openGate();
    expect(linesOf((await replay).text)).toMatchObject([
      { id: '1', result: 'succeeded' },
      { result: 'stopped', message: 'the host is shutting down and replays nothing' },
    ]);
    expect((await host.exited).code).toBe(0);
    expect(await nats.letters()).toHaveLength(1);
    expect(ledger.begun()).toHaveLength(3);
  });

  it.each([
    ['GET', '?limit=0', undefined, 'limit: expected a whole number from 1 to 1000'],
    ['GET', '?limit=1&limit=2', undefined, 'limit: expected a whole number'],
    ['GET', '?tigger=nats', undefined, 'tigger: expected one of trigger, reason, requestId, subject, before, after'],
    ['GET', '?before=yesterday', undefined, 'before: expected a time with its zone'],
    ['GET', '?subject=a..b', undefined, 'subject: expected a subject'],
    ['GET', '?cursor=x', undefined, 'cursor: expected the id of a dead letter'],
    ['GET', '/seven', undefined, 'id: expected the id of a dead letter'],
    ['POST', '/0/replay', undefined, 'id: expected the id of a dead letter'],
    ['DELETE', '/1e3', undefined, 'id: expected the id of a dead letter'],
    ['POST', '/replay', {}, 'expected either criteria'],
    ['POST', '/discard', [], 'expected a JSON object'],
    ['POST', '/discard', undefined, 'expected a JSON object'],
    ['POST', '/discard', { all: true, trigger: 'nats' }, 'expected either criteria'],
    ['POST', '/discard', { all: 'yes' }, 'all: expected true'],
    ['POST', '/discard', { trigger: 7 }, 'trigger: expected a text'],
  ] as const)('are not asked for by %s %s %j', async (method, path, body, expected) => {
    const { host } = await withoutNats();
    const { status, json } = await api(host, method, path, body);
    expect(json['message']).toContain(expected);
    expect(status).toBe(400);
  });

  it('cannot be reached without NATS, which is said', async () => {
    const { host } = await withoutNats();
    const message = 'there are no dead letters without NATS: TRIGGER_NATS_URL is not set';
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/1', undefined],
      ['POST', '/1/replay', undefined],
      ['POST', '/replay', { all: true }],
      ['POST', '/discard', { all: true }],
    ] as const) {
      expect(await api(host, method, path, body)).toMatchObject({
        status: 503,
        json: { code: 'NATS_UNAVAILABLE', message },
      });
    }
  });

  it('cannot be reached while the server is away, which is said', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger());
    await nats.server.kill();
    const answer = await until('the loss to be seen', async () => {
      const { status, json } = await api(host, 'GET', '');
      return status === 503 && json;
    });
    expect(answer['message']).toMatch(/^dead letters cannot be reached: /);
    expect((await api(host, 'POST', '/replay', { all: true })).status).toBe(503);
  });

  it('are behind the guard', async () => {
    const nats = await startDurableServer();
    const host = await nats.host(newLedger(), { ADMIN_TOKEN: 'the-token' });
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['GET', '/1', undefined],
      ['POST', '/1/replay', undefined],
      ['DELETE', '/1', undefined],
      ['POST', '/replay', { all: true }],
      ['POST', '/discard', { all: true }],
    ] as const) {
      expect((await api(host, method, path, body)).status).toBe(401);
    }
    expect((await api(host, 'GET', '', undefined, { authorization: 'Bearer the-token' })).status).toBe(200);
  });
});

/** A host of its own is dear: what is refused before anything else is asked for may share one. */
afterAll(async () => void (await (await shared)?.host.stop()));

let shared: Promise<{ host: Awaited<ReturnType<typeof startHost>> }> | undefined;
function withoutNats() {
  shared ??= startHost().then((host) => ({ host }));
  return shared;
}
