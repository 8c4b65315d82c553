import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, startHost, until } from '../support/start-host.js';

const TRIGGERS = {
  triggers: [
    { name: 'nightly', type: 'cron', schedule: '0 3 * * *', shared: false, args: { report: 'daily' } },
    { name: 'agreed', type: 'cron', schedule: '0 3 * * *', resultSubject: 'results.agreed' },
    { name: 'quotes', type: 'nats', subject: ['quotes.*', 'prices'], resultSubject: 'results.quotes' },
    { name: 'orders', type: 'nats', stream: 'ORDERS', subject: ['orders.new'] },
  ],
};

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe('firing a trigger from the admin port', () => {
  let folder: string;
  let server: NatsServer;
  let client: NatsConnection;
  let host: Host;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'admin-fire-'));
    writeFileSync(join(folder, 'triggers.json'), JSON.stringify(TRIGGERS));
    server = await startNatsServer({ jetstream: true });
    client = await connectTo(server);
    await (await jetstreamManager(client)).streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    host = await startHost({
      env: {
        SCW_APPLICATION_NAME: 'shop',
        TRIGGERS_FILE: join(folder, 'triggers.json'),
        TRIGGER_NATS_URL: server.url,
        SCW_PUBLIC: 'false',
        SCW_PUBLIC_KEY: '',
      },
      started: 'listening',
    });
  });
  afterAll(async () => {
    await host?.stop('SIGKILL');
    await client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function fire(trigger: string, given?: unknown): Promise<Answer> {
    const response = await fetch(`${host.adminUrl}/api/triggers/${trigger}/fire`, {
      method: 'POST',
      ...(given !== undefined && { body: JSON.stringify(given), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** The event as the function got it. */
  async function eventOf(trigger: string, given?: unknown): Promise<Record<string, unknown>> {
    const { status, body } = await fire(trigger, given);
    expect({ status, ...body }).toMatchObject({ status: 200, outcome: 'succeeded', isBase64Encoded: false });
    return (JSON.parse(String(body['body'])) as { event: Record<string, unknown> }).event;
  }

  it('section 10: takes a request to a function that nobody else may call, and hides tokens from it', async () => {
    const event = await eventOf('http', {
      method: 'PUT',
      path: '/orders?id=7',
      headers: { 'X-Tag': 'a', Authorization: 'Bearer x' },
      body: 'text',
    });
    expect(event).toMatchObject({
      httpMethod: 'PUT',
      path: '/orders',
      queryStringParameters: { id: '7' },
      headers: { 'X-Tag': 'a' },
      body: 'text',
    });
  });

  it.each(['nightly', 'agreed'])(
    'section 10: fires a tick of the schedule %s now, with other args',
    async (trigger) => {
      const before = Date.now();
      const event = await eventOf(trigger, { args: { report: 'weekly' } });
      expect(event).toMatchObject({ body: '{"report":"weekly"}', requestContext: { triggerName: trigger } });
      const { scheduledAt } = event['cron'] as { scheduledAt: string };
      expect(Date.parse(scheduledAt)).toBeGreaterThanOrEqual(before);
    },
  );

  it('section 10: has the args of the configuration where nothing is said', async () => {
    expect(await eventOf('nightly')).toMatchObject({ body: '{"report":"daily"}' });
  });

  it('section 10: takes a message to the function that nobody has published', async () => {
    const event = await eventOf('quotes', { subject: 'quotes.eu', headers: { 'X-Tag': 'a' }, data: { price: 1 } });
    expect(event).toMatchObject({
      headers: { 'X-Tag': 'a' },
      body: '{"price":1}',
      nats: { subject: 'quotes.eu', reply: '', queue: 'shop' },
    });
    expect(await eventOf('orders', { data: '' })).toMatchObject({ nats: { subject: 'orders.new' } });
    expect(await eventOf('quotes', { subject: 'prices' })).toMatchObject({ nats: { subject: 'prices' } });
  });

  it('section 10: settles nothing: no result is published, no letter written', async () => {
    const results: string[] = [];
    client.subscribe('results.>', {
      callback: (_error, { headers }) => void results.push(headers?.get('Tributary-Request-Id') ?? ''),
    });
    await client.flush();
    await eventOf('agreed');
    await eventOf('quotes', { subject: 'quotes.eu' });
    const failed = await fire('orders', { data: { do: 'status', status: 404 } });
    expect(failed.body).toMatchObject({ outcome: 'rejected', status: 404, error: 'Not Found', body: 'status 404' });
    const own = natsHeaders();
    own.set('X-Request-Id', 'published');
    client.publish('quotes.end', '', { headers: own });
    await until('the result of what was published', () => results.includes('published'));
    expect(results).toEqual(['published']);
    const letters = await fetch(`${host.adminUrl}/api/dead-letters`);
    expect(await letters.json()).toMatchObject({ letters: [] });
  });

  it.each(['http', 'quotes', 'nightly'])(
    'section 10: refuses to fire %s with what is nested too deeply',
    async (trigger) => {
      const nested = '['.repeat(30_000) + ']'.repeat(30_000);
      const member = { http: 'body', quotes: 'data', nightly: 'args' }[trigger];
      const response = await fetch(`${host.adminUrl}/api/triggers/${trigger}/fire`, {
        method: 'POST',
        body: `{"${member}":${nested}}`,
        headers: { 'content-type': 'application/json' },
      });
      expect(response.status).toBe(400);
    },
  );

  it('section 10: fires a trigger that listens to wildcards without being told a subject', async () => {
    expect(await eventOf('quotes')).toMatchObject({ nats: { subject: 'quotes.fired' } });
  });

  it('section 10: tells any outcome', async () => {
    const { status, body } = await fire('http', { path: '/throw?message=on+purpose' });
    expect({ status, ...body }).toMatchObject({ status: 500, outcome: 'failed' });
    expect(body['error']).toContain('on purpose');
  });

  it.each([
    ['none', {}, 404],
    ['http', [], 400],
    ['http', { path: 'x' }, 400],
    ['nightly', { path: '/' }, 400],
    ['quotes', { subject: 'orders.new' }, 400],
    ['orders', { data: 'x', isBase64Encoded: true }, 400],
    ['http', { body: 'x'.repeat(70_000) }, 413],
  ])('section 10: refuses to fire %s with %j', async (trigger, given, status) => {
    const answer = await fire(trigger, given);
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body).toMatchObject({ code: 'EVENT_REFUSED' });
  });
});
