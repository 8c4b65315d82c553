import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import type { Host } from '../support/start-host.js';

interface Echo {
  readonly event: {
    readonly headers: Record<string, string>;
    readonly requestContext: { readonly requestId: string; readonly requestTimeEpoch: number };
    readonly nats: object;
  };
  readonly context: object;
}

let server: NatsServer;
let client: NatsConnection;

beforeAll(async () => {
  server = await startNatsServer();
  client = await connectTo(server);
});
afterAll(async () => {
  await client?.close();
  await server?.stop();
});

describe('section 3: the event of a NATS message', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startNatsHost(server, {
      env: { TRIGGER_NATS_SUBJECT: 'orders.*.new,quotes.>,exact', SCW_APPLICATION_VERSION: '1.2.3' },
    });
    await untilListening(client);
  });
  afterAll(() => host?.stop());

  async function echo(subject: string, data: string | Uint8Array = 'hello', given = headers()): Promise<Echo> {
    return (await client.request(subject, data, { headers: given, timeout: 10_000 })).json<Echo>();
  }

  it('section 3: has every field of the proxy event, and nats', async () => {
    const before = Date.now();
    const { event, context } = await echo('exact');
    expect(event).toEqual({
      resource: 'nats',
      path: '/',
      httpMethod: 'POST',
      headers: {},
      multiValueHeaders: {},
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      pathParameters: {},
      stageVariables: {},
      body: 'hello',
      isBase64Encoded: false,
      requestContext: {
        eventType: 'nats',
        triggerName: 'nats',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        accountId: '',
        resourceId: '',
        resourcePath: '',
        apiId: '',
        stage: '',
        httpMethod: 'POST',
        path: '/',
        requestTimeEpoch: expect.any(Number) as number,
      },
      nats: { subject: 'exact', reply: expect.stringMatching(/^_INBOX\./) as string, queue: 'shop' },
    });
    expect(event.requestContext.requestTimeEpoch).toBeGreaterThanOrEqual(before);
    expect(context).toMatchObject({
      functionName: 'shop',
      functionVersion: '1.2.3',
      requestId: event.requestContext.requestId,
      attempt: 1,
    });
  });

  it('section 1: listens to several subjects, wildcards among them', async () => {
    for (const subject of ['orders.eu.new', 'quotes.a', 'quotes.a.b', 'exact']) {
      expect((await echo(subject)).event.nats).toMatchObject({ subject });
    }
    await expect(client.request('orders.eu.old', '')).rejects.toThrow('no responders');
    await expect(client.request('quotes', '')).rejects.toThrow('no responders');
  });

  it("section 3: has the message's headers under Go's canonical names, the last value and all values", async () => {
    const given = headers();
    given.append('content-type', 'text/plain');
    given.append('X-Many', 'one');
    given.append('X-Many', 'two');
    given.append('__proto__', 'mine');
    const { event } = await echo('exact', 'hello', given);
    expect(new Map(Object.entries(event.headers))).toEqual(
      new Map([
        ['Content-Type', 'text/plain'],
        ['X-Many', 'two'],
        ['__proto__', 'mine'],
      ]),
    );
    expect(event).toMatchObject({ multiValueHeaders: { 'X-Many': ['one', 'two'] } });
  });

  it('section 3: carries bytes that are no UTF-8 in base64, both ways, byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect((await echo('exact', bytes)).event).toMatchObject({
      body: Buffer.from(bytes).toString('base64'),
      isBase64Encoded: true,
    });
    const value = { statusCode: 200, body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true };
    const reply = await client.request('exact', JSON.stringify({ do: 'return', value }), { timeout: 10_000 });
    expect(Buffer.from(reply.data)).toEqual(Buffer.from(bytes));
  });

  it('section 3: carries an empty message', async () => {
    expect((await echo('exact', '')).event).toMatchObject({ body: '', isBase64Encoded: false });
  });

  it('takes over a request id that is sane, and makes one else', async () => {
    const given = headers();
    given.append('x-request-id', 'order-17');
    expect((await echo('exact', '', given)).event.requestContext.requestId).toBe('order-17');
    given.set('x-request-id', 'not sane');
    expect((await echo('exact', '', given)).event.requestContext.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('section 2: several NATS triggers of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-triggers-'));
  let host: Host;
  beforeAll(async () => {
    const file = join(folder, 'triggers.yaml');
    writeFileSync(
      file,
      `triggers:
        - { name: events, type: nats, subject: format.cloudevents, format: cloudevents }
        - { name: bodies, type: nats, subject: "format.raw, format.rest", format: raw }
        - { name: chained, type: nats, subject: [first], handler: other, resultSubject: second }
      `,
    );
    host = await startNatsHost(server, { env: { TRIGGER_NATS_SUBJECT: undefined, TRIGGERS_FILE: file } });
    for (const name of ['events', 'bodies', 'chained']) await untilListening(client, 1, `shop-${name}`);
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function eventOf(subject: string, data: string, contentType?: string): Promise<unknown> {
    const given = headers();
    if (contentType) given.append('Content-Type', contentType);
    const reply = await client.request(subject, data, { headers: given, timeout: 10_000 });
    return reply.json<{ event: unknown }>().event;
  }

  it('section 3: cloudevents is a structured CloudEvent 1.0', async () => {
    expect(await eventOf('format.cloudevents', '{"a":1}', 'application/json')).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      source: '/shop/events',
      type: 'tributary.nats.message',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      subject: 'format.cloudevents',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });

  it('section 3: raw is the body alone, as a string', async () => {
    expect(await eventOf('format.raw', 'just this')).toBe('just this');
    expect(await eventOf('format.rest', '{"a":1}')).toBe('{"a":1}');
  });

  it('section 1: TRIGGER_NATS_HANDLER is the exported function of a trigger', async () => {
    expect((await client.request('first', 'x', { timeout: 10_000 })).string()).toBe('other: x');
  });

  it('section 1: the result subject gets each outcome: the body, Status, Tributary-Request-Id and the trace alone', async () => {
    const results = client.subscribe('second', { max: 1 });
    await client.flush();
    const given = headers();
    given.append('X-Request-Id', 'order-18');
    client.publish('first', 'y', { headers: given });
    for await (const result of results) {
      expect(result.string()).toBe('other: y');
      expect([...(result.headers ?? [])]).toEqual([
        ['Status', ['200']],
        ['Tributary-Request-Id', ['order-18']],
        ['traceparent', [expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)]],
      ]);
    }
  });
});
