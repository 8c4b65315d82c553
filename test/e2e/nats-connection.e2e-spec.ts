import type { NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { connectTo, linesWith, startNatsHost, triggerState, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { freePort, type Host, until } from '../support/start-host.js';

async function newServer(options: Parameters<typeof startNatsServer>[0] = {}): Promise<NatsServer> {
  const server = await startNatsServer(options);
  onTestFinished(() => server.stop());
  return server;
}

async function newHost(server: Pick<NatsServer, 'url'>, env: Record<string, string> = {}): Promise<Host> {
  const host = await startNatsHost(server, { env, started: 'listening' });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

async function newClient(server: NatsServer): Promise<NatsConnection> {
  const client = await connectTo(server);
  onTestFinished(() => client.close());
  return client;
}

const ok = '{"do":"status","status":200}';

function readiness(host: Host): Promise<number> {
  return fetch(`${host.adminUrl}/readyz`).then((response) => response.status);
}

async function answer(client: NatsConnection): Promise<string> {
  return (await client.request('orders.new', ok, { timeout: 10_000 })).string();
}

describe('section 8: the connection to NATS', () => {
  it('does not keep the host from starting where the server is away, and comes when it comes', async () => {
    const server = await newServer();
    await server.kill();
    const host = await newHost(server);
    await host.outputs(`NATS at 127.0.0.1:${server.port}: connection refused; trying again until it is there`);
    expect((await fetch(`${host.url}/body`)).status).toBe(200);
    await until('readiness', async () => (await readiness(host)) === 200);
    await server.restart();
    await host.outputs('Connected to NATS at');
    const client = await newClient(server);
    await untilListening(client);
    expect(await answer(client)).toBe('status 200');
    expect(await triggerState(host)).toMatchObject({ active: true });
    // Several attempts were made, one line was written.
    expect(linesWith(host, 'connection refused')).toHaveLength(1);
  });

  it('comes back with its subscriptions after the server was killed and started again, each time', async () => {
    const server = await newServer();
    const host = await newHost(server);
    for (let round = 1; round <= 2; round++) {
      await server.kill();
      await until('the loss', () => linesWith(host, 'was lost').length === round);
      expect(await triggerState(host)).toMatchObject({ active: false, reason: expect.any(String) as string });
      expect((await fetch(`${host.url}/body`)).status).toBe(200);
      await server.restart();
      await until('the connection', () => linesWith(host, 'Connected to NATS again').length === round);
      const client = await newClient(server);
      await untilListening(client);
      expect(await answer(client)).toBe('status 200');
    }
    expect(linesWith(host, '"context":"Nats"').length).toBeLessThanOrEqual(5);
  });

  it('goes on with what it has in hand while the server is away; the reply is lost, counted and said', async () => {
    const server = await newServer();
    const host = await newHost(server, { SCW_HANDLER_PATH: GATE_HANDLER });
    const client = await newClient(server);
    await untilListening(client);
    const gate = closedGate();
    client.publish('orders.new', gate.body, { reply: '_INBOX.lost' });
    await host.outputs(`begins ${gate.body}`);
    await server.kill();
    await host.outputs('was lost');
    gate.open();
    await host.log(({ trigger, outcome }) => trigger === 'nats' && outcome === 'succeeded');
    await host.outputs('Replies that could not be sent: 1, the last one because there is no connection to NATS');
  });

  it('reaches another server of the list where the first is away', async () => {
    const server = await newServer();
    const host = await newHost({ url: `nats://127.0.0.1:${await freePort()},${server.url}` });
    const client = await newClient(server);
    await untilListening(client);
    expect(await answer(client)).toBe('status 200');
    expect(host.output()).toContain(`Connected to NATS at 127.0.0.1:${server.port}`);
  });

  it('fails readiness where HTTP is disabled, and nowhere else', async () => {
    const server = await newServer();
    const host = await newHost(server, { TRIGGER_HTTP_ENABLED: 'false' });
    await until('readiness', async () => (await readiness(host)) === 200);
    await server.kill();
    await until('no readiness', async () => (await readiness(host)) === 503);
    await server.restart();
    await until('readiness', async () => (await readiness(host)) === 200);
  });

  it('names the connection after the application', async () => {
    const monitor = await freePort();
    const server = await newServer({ args: ['-m', String(monitor)] });
    const host = await newHost(server);
    await host.outputs('Connected to NATS');
    const response = await fetch(`http://127.0.0.1:${monitor}/connz`);
    const { connections } = (await response.json()) as { connections: { name: string }[] };
    expect(connections.map(({ name }) => name)).toEqual(['shop']);
  });

  it('says what the server does not permit, and listens once it does', async () => {
    const permissions = (subject: string) =>
      `authorization { users: [ { user: shop, password: x, permissions: { publish: ">", subscribe: "${subject}" } },
        { user: tester, password: x } ] }`;
    const server = await newServer({ config: permissions('$SRV.>') });
    const host = await newHost(server, { TRIGGER_NATS_USER: 'shop', TRIGGER_NATS_PASSWORD: 'x' });
    await host.outputs('NATS does not let this host listen to orders.>');
    expect(await triggerState(host)).toMatchObject({
      active: false,
      reason: 'the NATS server does not permit to subscribe to orders.>',
    });
    await server.reload(permissions('>'));
    await host.outputs('NATS lets this host listen to orders.> again');
    expect(await triggerState(host)).toMatchObject({ active: true });
    const client = await connectTo(server, { user: 'tester', pass: 'x' });
    onTestFinished(() => client.close());
    expect(await answer(client)).toBe('status 200');
  });
});

describe('the end of a life, with NATS', () => {
  it('ends with exit code 0 and without delay where the server was never there', async () => {
    const host = await newHost({ url: `nats://127.0.0.1:${await freePort()}` });
    await host.outputs('trying again until it is there');
    const startedAt = Date.now();
    expect(await host.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });

  it('ends with exit code 0 and without delay where the connection is lost', async () => {
    const server = await newServer();
    const host = await newHost(server);
    await host.outputs('Connected to NATS');
    await server.kill();
    await host.outputs('was lost');
    const startedAt = Date.now();
    expect(await host.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });
});
