import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, connectTo, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, until } from '../support/start-host.js';

interface ServiceAnswer {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly endpoints?: readonly { readonly num_requests: number; readonly processing_time: number }[];
}

let server: NatsServer;
let client: NatsConnection;
let hosts: Host[];
beforeAll(async () => {
  server = await startNatsServer();
  client = await connectTo(server);
  const env = { SCW_APPLICATION_VERSION: '1.2.3', TRIGGER_NATS_SUBJECT: 'orders.*,quotes' };
  hosts = await Promise.all([startNatsHost(server, { env }), startNatsHost(server, { env })]);
  await untilListening(client, 2);
});
afterAll(async () => {
  await Promise.all((hosts ?? []).map((host) => host.stop()));
  await client?.close();
  await server?.stop();
});

/** The answers of as many instances as should answer. */
function ask(subject: string, instances: number): Promise<ServiceAnswer[]> {
  return until(`${instances} answers to ${subject}`, async () => {
    const answers = (await collect(client, subject, 150)).map((message) => message.json<ServiceAnswer>());
    return answers.length >= instances ? answers : undefined;
  });
}

describe('section 8: each trigger shows up as a NATS service (ADR-32)', () => {
  it.each(['PING', 'INFO', 'STATS'])('answers $SRV.%s for all, for its name, and for itself', async (verb) => {
    const type = `io.nats.micro.v1.${verb.toLowerCase()}_response`;
    const all = await ask(`$SRV.${verb}`, 2);
    expect(all).toHaveLength(2);
    const named = await ask(`$SRV.${verb}.shop-nats`, 2);
    expect(new Set(named.map(({ id }) => id))).toEqual(new Set(all.map(({ id }) => id)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(2);
    for (const answer of [...all, ...named]) {
      expect(answer).toMatchObject({
        type,
        name: 'shop-nats',
        version: '1.2.3',
        metadata: { application: 'shop', trigger: 'nats' },
      });
    }
    const [first] = all;
    const alone = await ask(`$SRV.${verb}.shop-nats.${first?.id}`, 1);
    expect(alone.map(({ id }) => id)).toEqual([first?.id]);
    expect(await collect(client, `$SRV.${verb}.another`, 150)).toEqual([]);
  });

  it('INFO lists its subjects and their queue group', async () => {
    const [info] = await ask('$SRV.INFO', 2);
    expect(info?.endpoints).toEqual([
      { name: 'nats-1', subject: 'orders.*', queue_group: 'shop', metadata: {} },
      { name: 'nats-2', subject: 'quotes', queue_group: 'shop', metadata: {} },
    ]);
  });

  it('STATS counts messages, errors and time', async () => {
    for (let i = 0; i < 4; i++) await client.request('quotes', '{"do":"status","status":200}', { timeout: 10_000 });
    await client.request('quotes', '{"do":"status","status":404}', { timeout: 10_000 });
    const stats = await ask('$SRV.STATS', 2);
    const quotes = stats.map(({ endpoints }) => endpoints?.[1]);
    expect(quotes.reduce((sum, endpoint) => sum + (endpoint?.num_requests ?? 0), 0)).toBe(5);
    const failed = quotes.filter((endpoint) => endpoint && 'num_errors' in endpoint && endpoint.num_errors === 1);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ name: 'nats-2', last_error: 'Not Found' });
    expect(failed[0]?.processing_time).toBeGreaterThan(0);
    expect(stats[0]).toHaveProperty('started');
  });
});
