import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connectTo, linesWith, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, until } from '../support/start-host.js';

const MESSAGES = 60;

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

async function startHosts(...environments: Record<string, string | undefined>[]): Promise<Host[]> {
  const hosts = await Promise.all(environments.map((env) => startNatsHost(server, { env })));
  onTestFinished(async () => void (await Promise.all(hosts.map((host) => host.stop()))));
  await untilListening(client, hosts.length);
  return hosts;
}

/** How many of the messages each host ran, once all that should have been run were. */
async function countRuns(hosts: readonly Host[], expected: number): Promise<number[]> {
  for (let i = 0; i < MESSAGES; i++) client.publish('orders.new', JSON.stringify({ do: 'log', line: `ran <${i}>` }));
  const counts = () => hosts.map((host) => linesWith(host, 'ran <').length);
  const sum = () => counts().reduce((total, count) => total + count, 0);
  await until(`${expected} runs`, () => sum() >= expected);
  // Whatever was published has been received by now, so that a message too many would show.
  await untilListening(client, hosts.length);
  await Promise.all(hosts.map((host) => host.stop()));
  return counts();
}

describe('section 1: TRIGGER_NATS_QUEUE', () => {
  it('is the application name by default: each message reaches one replica, and all get their share', async () => {
    const counts = await countRuns(await startHosts({}, {}), MESSAGES);
    expect(counts.reduce((total, count) => total + count, 0)).toBe(MESSAGES);
    for (const count of counts) expect(count).toBeGreaterThan(0);
  });

  it('as an empty string: every replica gets every message', async () => {
    const hosts = await startHosts({ TRIGGER_NATS_QUEUE: '' }, { TRIGGER_NATS_QUEUE: '' });
    expect(await countRuns(hosts, 2 * MESSAGES)).toEqual([MESSAGES, MESSAGES]);
  });

  it('by another name: each group gets every message', async () => {
    const hosts = await startHosts({ TRIGGER_NATS_QUEUE: 'one' }, { TRIGGER_NATS_QUEUE: 'two' });
    expect(await countRuns(hosts, 2 * MESSAGES)).toEqual([MESSAGES, MESSAGES]);
  });
});
