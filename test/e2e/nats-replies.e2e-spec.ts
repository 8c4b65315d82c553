import { type Msg, type NatsConnection, headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { connectTo, headersOf, linesWith, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import type { Host } from '../support/start-host.js';

let server: NatsServer;
let client: NatsConnection;
let host: Host;

beforeAll(async () => {
  server = await startNatsServer({ config: 'max_payload: 65536' });
  client = await connectTo(server);
  host = await startNatsHost(server);
  await untilListening(client);
});
afterAll(async () => {
  await host?.stop();
  await client?.close();
  await server?.stop();
});

function ask(action: object): Promise<Msg> {
  return client.request('orders.new', JSON.stringify(action), { timeout: 20_000 });
}

/** Asks for what the function returns, as it is. */
function askFor(value: object): Promise<Msg> {
  return ask({ do: 'return', value });
}

const anyTraceparent = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) as string;

describe('settle table, NATS core: succeeded', () => {
  it('section 8: replies with the function’s body, its headers and Status', async () => {
    const reply = await askFor({ statusCode: 202, headers: { 'X-A': '1', 'X-B': ['2', '3'] }, body: 'done' });
    expect(reply.string()).toBe('done');
    expect([...(reply.headers ?? [])]).toEqual([
      ['Status', ['202']],
      ['X-A', ['1']],
      ['X-B', ['2', '3']],
      ['Content-Type', ['text/plain; charset=utf-8']],
      ['traceparent', [anyTraceparent]],
    ]);
  });

  it('section 8: replies to a 3xx like to a 2xx', async () => {
    const reply = await askFor({ statusCode: 302, headers: { Location: '/elsewhere' } });
    expect(headersOf(reply)).toEqual({
      Status: '302',
      Location: '/elsewhere',
      'Content-Type': expect.any(String) as string,
      traceparent: anyTraceparent,
    });
  });

  it('replies with JSON as the function produced it, and with status 200 where it gave none', async () => {
    const reply = await askFor({ any: 'thing' });
    expect(reply.string()).toBe('{"any":"thing"}');
    expect(headersOf(reply)).toEqual({
      Status: '200',
      'Content-Type': 'application/json',
      traceparent: anyTraceparent,
    });
  });

  it('discards the result where the message asks for no reply', async () => {
    const everything: string[] = [];
    const spy = client.subscribe('>', { callback: (_error, { subject }) => void everything.push(subject) });
    client.publish('orders.new', JSON.stringify({ do: 'log', line: 'ran without a reply' }));
    await host.outputs('ran without a reply');
    await ask({ do: 'body' });
    spy.unsubscribe();
    expect(everything.filter((subject) => !subject.startsWith('_INBOX'))).toEqual(['orders.new', 'orders.new']);
    expect(everything.filter((subject) => subject.startsWith('_INBOX'))).toHaveLength(1);
  });

  it('section 8: never copies Nats-* headers, be they of the message or of the function', async () => {
    const given = headers();
    given.append('Nats-Expected-Stream', 'OTHER');
    const value = { statusCode: 200, headers: { 'Nats-Rollup': 'all', 'nats-msg-id': '1', 'X-A': '1' }, body: '' };
    const data = JSON.stringify({ do: 'return', value });
    const reply = await client.request('orders.new', data, { headers: given, timeout: 20_000 });
    expect(Object.keys(headersOf(reply)).sort()).toEqual(['Content-Type', 'Status', 'X-A', 'traceparent']);
  });
});

describe('settle table, NATS core: error replies', () => {
  function expectError(reply: Msg, code: number, error: string, body: string): void {
    expect(headersOf(reply)).toMatchObject({
      Status: String(code),
      'Nats-Service-Error-Code': String(code),
      'Nats-Service-Error': error,
    });
    expect(reply.string()).toBe(body);
  }

  it.each([
    [404, 'Not Found'],
    [408, 'Request Timeout'],
    [429, 'Too Many Requests'],
    [500, 'Internal Server Error'],
    [503, 'Service Unavailable'],
  ])('rejected or failed: the handler’s %i, with its response', async (status, error) => {
    const value = { statusCode: status, headers: { 'X-A': '1' }, body: 'why' };
    const reply = await askFor(value);
    expectError(reply, status, error, 'why');
    expect(headersOf(reply)).toMatchObject({ 'X-A': '1' });
  });

  it('failed: the handler threw; its message, nothing of the stack', async () => {
    const reply = await ask({ do: 'throw', message: 'no such order' });
    const text = 'An error occurred during handler execution: no such order';
    expectError(reply, 500, text, text);
  });

  it('failed: a malformed response', async () => {
    const reply = await askFor({ statusCode: 99 });
    expect(headersOf(reply)).toMatchObject({ Status: '502', 'Nats-Service-Error-Code': '502' });
    expect(reply.string()).toMatch(/^The function gave no valid response: /);
  });

  it('section 8: a reply over the server’s max_payload is such a failure', async () => {
    // Echoed twice as JSON, a quote becomes two bytes.
    const echo = (quotes: number) => client.request('orders.new', '"'.repeat(quotes), { timeout: 20_000 });
    expect((await echo(30_000)).data.length).toBeGreaterThan(60_000);
    const large = await echo(40_000);
    const text = "The reply is over the NATS server's max_payload of 65536 bytes.";
    expectError(large, 502, text, text);
  });

  it('crashed: the sub-runtime died during it; the next message is served again', async () => {
    const text = 'The function ended while it handled the event.';
    expectError(await ask({ do: 'exit' }), 502, text, text);
    expect(headersOf(await ask({ do: 'status', status: 200 }))).toMatchObject({ Status: '200' });
  });
});

describe('settle table, NATS core: limits', () => {
  it('timed out: an error reply 504 at INVOCATION_TIMEOUT_MS', async () => {
    const impatient = await startNatsHost(server, {
      env: { SCW_APPLICATION_NAME: 'impatient', TRIGGER_NATS_SUBJECT: 'impatient', INVOCATION_TIMEOUT_MS: '300' },
    });
    await untilListening(client, 1, 'impatient-nats');
    const reply = await client.request('impatient', '{"do":"slow","ms":2000}', { timeout: 20_000 });
    expect(headersOf(reply)).toMatchObject({ Status: '504', 'Nats-Service-Error-Code': '504' });
    expect(reply.string()).toBe('The function did not answer in time.');
    await impatient.stop();
  });

  it('unavailable: waits while the sub-runtime backs off, up to the deadline of the invocation', async () => {
    const failing = await startNatsHost(server, {
      env: {
        SCW_APPLICATION_NAME: 'failing',
        TRIGGER_NATS_SUBJECT: 'failing',
        INVOCATION_TIMEOUT_MS: '1500',
        SCW_HANDLER_PATH: '/bin/false',
        SCW_HANDLER_IS_BINARY: 'true',
      },
      started: 'listening',
    });
    await untilListening(client, 1, 'failing-nats');
    const startedAt = Date.now();
    const reply = await client.request('failing', '', { timeout: 20_000 });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_400);
    expect(headersOf(reply)).toMatchObject({ 'Nats-Service-Error-Code': expect.stringMatching(/^50[34]$/) as string });
    await failing.stop();
  });

  it('overloaded: an error reply 429, or dropped, counted and said', async () => {
    const busy = await startNatsHost(server, {
      env: {
        SCW_APPLICATION_NAME: 'busy',
        SCW_HANDLER_PATH: GATE_HANDLER,
        TRIGGER_NATS_SUBJECT: 'busy',
        TRIGGER_NATS_MAX_IN_FLIGHT: '1',
        INVOCATION_MAX_QUEUE: '1',
      },
    });
    await untilListening(client, 1, 'busy-nats');
    const gate = closedGate();
    const [running, waiting] = [1, 2].map(() => client.request('busy', gate.body, { timeout: 30_000 }));
    await busy.outputs(`begins ${gate.body}`);
    const refused = await client.request('busy', 'refused', { timeout: 30_000 });
    expect(headersOf(refused)).toEqual({
      Status: '429',
      'Nats-Service-Error': 'Too many events wait for the function.',
      'Nats-Service-Error-Code': '429',
      'Retry-After': '1',
      'Content-Type': 'text/plain; charset=utf-8',
    });
    for (let i = 0; i < 9; i++) client.publish('busy', 'dropped');
    await untilListening(client, 1, 'busy-nats');
    gate.open();
    for (const reply of [await running, await waiting]) expect(reply?.string()).toBe(`after ${gate.body}`);
    await busy.stop();
    const counts = linesWith(busy, 'The queue is full').map((line) => Number(/(\d+) messages? w/.exec(line)?.[1]));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(counts).toHaveLength(2);
    expect(linesWith(busy, 'begins refused').concat(linesWith(busy, 'begins dropped'))).toEqual([]);
  });

  it('TRIGGER_NATS_MAX_IN_FLIGHT is how many of its invocations run at once', async () => {
    const narrow = await startNatsHost(server, {
      env: {
        SCW_APPLICATION_NAME: 'narrow',
        SCW_HANDLER_PATH: GATE_HANDLER,
        TRIGGER_NATS_SUBJECT: 'narrow',
        TRIGGER_NATS_MAX_IN_FLIGHT: '2',
      },
    });
    await untilListening(client, 1, 'narrow-nats');
    const gate = closedGate();
    const replies = [1, 2, 3].map(() => client.request('narrow', gate.body, { timeout: 30_000 }));
    // Whatever was published before is received before, so that by now the third would have begun.
    await untilListening(client, 1, 'narrow-nats');
    await fetch(narrow.url, { method: 'POST', body: 'marker' });
    await narrow.outputs('begins marker');
    expect(linesWith(narrow, `begins ${gate.body}`)).toHaveLength(2);
    gate.open();
    await Promise.all(replies);
    await narrow.stop();
    expect(linesWith(narrow, `begins ${gate.body}`)).toHaveLength(3);
  });
});
