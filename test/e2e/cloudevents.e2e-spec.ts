import { headers, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import type { Host } from '../support/start-host.js';

const ATTRIBUTES = { specversion: '1.0', id: 'A-1', source: '/web/shop', type: 'com.example.order' };
const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'A-1',
  'ce-source': '/web/shop',
  'ce-type': 'com.example.order',
  'ce-subject': 'Euro%20%E2%82%AC',
  'ce-comexampletenant': '"north \\"1\\""',
};
/** What `BINARY` says. */
const DECODED = { ...ATTRIBUTES, subject: 'Euro €', comexampletenant: 'north "1"' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
/** Spelled as no serialiser would. */
const STRUCTURED_BODY = `{ "data" : {"total": 1.50}, "tenant": null,${JSON.stringify({ ...ATTRIBUTES, retries: 3 }).slice(1)}\n`;
const STRUCTURED_EVENT = { ...ATTRIBUTES, retries: 3, data: { total: 1.5 } };

interface Event {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly cloudEvent?: object;
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

/** The event that the function got for a message. */
async function eventOf(subject: string, given: Record<string, string>, data: string | Uint8Array): Promise<unknown> {
  const all = headers();
  for (const [name, value] of Object.entries(given)) all.append(name, value);
  const reply = await client.request(subject, data, { headers: all, timeout: 10_000 });
  return reply.json<{ event: unknown }>().event;
}

describe('CloudEvents by HTTP and NATS, in the format scaleway', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startNatsHost(server);
    await untilListening(client);
  });
  afterAll(() => host?.stop());

  async function post(given: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<Event> {
    const answer = await fetch(`${host.url}/echo`, { method: 'POST', headers: given, body });
    return ((await answer.json()) as { event: Event }).event;
  }

  async function publish(given: Record<string, string>, data: string | Uint8Array): Promise<Event> {
    return (await eventOf('orders.new', given, data)) as Event;
  }

  describe.each([
    ['an HTTP request', post],
    ['a NATS message', publish],
  ])('%s', (_title, send) => {
    it('in binary mode has its attributes and data in cloudEvent, and its headers and body as they came', async () => {
      const event = await send({ ...BINARY, 'content-type': 'application/json' }, '{"a": 1.0}');
      expect(event.cloudEvent).toEqual({ ...DECODED, datacontenttype: 'application/json', data: { a: 1 } });
      expect(event).toMatchObject({ body: '{"a": 1.0}', isBase64Encoded: false });
      expect(event.headers).toMatchObject({ 'Ce-Subject': 'Euro%20%E2%82%AC', 'Content-Type': 'application/json' });
    });

    it('in binary mode carries bytes', async () => {
      const event = await send({ ...BINARY, 'content-type': 'image/png' }, Uint8Array.of(0xff, 0));
      expect(event.cloudEvent).toEqual({ ...DECODED, datacontenttype: 'image/png', data_base64: '/wA=' });
      expect(event).toMatchObject({ body: '/wA=', isBase64Encoded: true });
    });

    it('in structured mode has the event of its body in cloudEvent, and that body as it came', async () => {
      const event = await send(STRUCTURED, STRUCTURED_BODY);
      expect(event.cloudEvent).toEqual(STRUCTURED_EVENT);
      expect(event.body).toBe(STRUCTURED_BODY);
    });

    it.each([
      ['without an id', { ...BINARY, 'ce-id': '' }, 'hello'],
      ['of another version', { ...BINARY, 'ce-specversion': '0.3' }, 'hello'],
      ['with an attribute that is no UTF-8', { ...BINARY, 'ce-subject': '%C0%A0' }, 'hello'],
      ['with a structured body that is no JSON', { ...BINARY, ...STRUCTURED }, '{"specversion":"1.0",'],
      ['with a structured body too deep to hand on', STRUCTURED, STRUCTURED_BODY.replace('1.50', deep(10_000))],
      ['that is a batch', { ...BINARY, 'content-type': 'application/cloudevents-batch+json' }, `[${STRUCTURED_BODY}]`],
    ])('%s is an ordinary one', async (_case, given, body) => {
      const event = await send(given, body);
      expect(event).not.toHaveProperty('cloudEvent');
      expect(event.body).toBe(body);
    });
  });

  it('takes an untyped NATS message for what its data is, as the binding 1.0.2 has no headers', async () => {
    expect((await publish({}, STRUCTURED_BODY)).cloudEvent).toEqual(STRUCTURED_EVENT);
    expect(await publish({}, '{"specversion":"1.0"}')).not.toHaveProperty('cloudEvent');
    expect(await publish({ 'content-type': 'application/json' }, STRUCTURED_BODY)).not.toHaveProperty('cloudEvent');
  });

  it('has the data type of a NATS message from ce-datacontenttype', async () => {
    const event = await publish({ ...BINARY, 'ce-datacontenttype': 'text/csv' }, '1,2');
    expect(event.cloudEvent).toEqual({ ...DECODED, datacontenttype: 'text/csv', data: '1,2' });
  });
});

describe('CloudEvents by NATS, in the format cloudevents', () => {
  let host: Host;
  beforeAll(async () => {
    const env = { SCW_APPLICATION_NAME: 'mail', TRIGGER_NATS_SUBJECT: 'mail.>', TRIGGER_NATS_FORMAT: 'cloudevents' };
    host = await startNatsHost(server, { env });
    await untilListening(client, 1, 'mail-nats');
  });
  afterAll(() => host?.stop());

  it('hands a CloudEvent in binary mode to the function as that CloudEvent, not wrapped in another', async () => {
    const event = await eventOf('mail.new', { ...BINARY, 'content-type': 'application/json' }, '{"a":1}');
    expect(event).toEqual({ ...DECODED, datacontenttype: 'application/json', data: { a: 1 } });
  });

  it('hands a CloudEvent in structured mode to the function as that CloudEvent, not wrapped in another', async () => {
    expect(await eventOf('mail.new', STRUCTURED, STRUCTURED_BODY)).toEqual(STRUCTURED_EVENT);
    expect(await eventOf('mail.new', {}, STRUCTURED_BODY)).toEqual(STRUCTURED_EVENT);
  });

  it('wraps what is no valid CloudEvent as it wraps every other message', async () => {
    expect(await eventOf('mail.new', { ...BINARY, 'ce-id': '', 'content-type': 'text/plain' }, 'hello')).toMatchObject({
      source: '/mail/nats',
      type: 'tributary.nats.message',
      subject: 'mail.new',
      data: 'hello',
    });
  });
});

/** JSON that a parser takes and a serialiser may not. */
function deep(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
