import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { closedGate, GATE_HANDLER } from '../support/gate.js';
import { connectTo, headersOf, startNatsHost, triggerState, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type Host, until } from '../support/start-host.js';

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

async function newHost(env: Record<string, string> = {}): Promise<Host> {
  const host = await startNatsHost(server, { env: { SCW_HANDLER_PATH: GATE_HANDLER, ...env } });
  onTestFinished(async () => void (await host.stop()));
  return host;
}

function ask(body: string): Promise<string> {
  return client.request('orders.new', body, { timeout: 30_000 }).then((reply) => {
    if (headersOf(reply)['Status'] !== '200') throw new Error(reply.string());
    return reply.string();
  });
}

function untilNobodyListens(): Promise<true> {
  return until('nobody to listen', () =>
    client.request('orders.probe', 'probe', { timeout: 300 }).then(
      () => undefined,
      (error: Error) => /no responders/.test(error.message) || undefined,
    ),
  );
}

describe('the end of a life: NATS', () => {
  it('receives nothing new, and replies to what runs and to what waits', async () => {
    const host = await newHost({ TRIGGER_NATS_MAX_IN_FLIGHT: '1' });
    await untilListening(client);
    const gate = closedGate();
    const [running, waiting] = [ask(gate.body), ask('waited')];
    await host.outputs(`begins ${gate.body}`);
    const stopped = host.stop();
    await untilNobodyListens();
    gate.open();
    expect(await running).toBe(`after ${gate.body}`);
    expect(await waiting).toBe('after waited');
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('still serves for SHUTDOWN_DELAY_MS', async () => {
    const host = await newHost({ SHUTDOWN_DELAY_MS: '1500' });
    await untilListening(client);
    const stopped = host.stop();
    await until('not ready', async () => (await fetch(`${host.adminUrl}/readyz`)).status === 503);
    expect(await ask('late')).toBe('after late');
    expect(await triggerState(host)).toMatchObject({ active: true });
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  it('loses no request where another replica goes on', async () => {
    const hosts = [await newHost(), await newHost()];
    await untilListening(client, 2);
    const [leaving] = hosts;
    const answers: Promise<string>[] = [];
    const stream = setInterval(() => answers.push(ask('streamed')), 2);
    const stopped = await leaving?.stop();
    clearInterval(stream);
    expect(answers.length).toBeGreaterThan(10);
    for (const answer of await Promise.all(answers)) expect(answer).toBe('after streamed');
    expect(stopped).toEqual({ code: 0, signal: null });
  });

  it('cuts off what does not end within SHUTDOWN_GRACE_MS, and still ends with exit code 0', async () => {
    const host = await newHost({ SHUTDOWN_GRACE_MS: '1500' });
    await untilListening(client);
    const gate = closedGate();
    const cutOff = client.request('orders.new', gate.body, { timeout: 30_000 });
    await host.outputs(`begins ${gate.body}`);
    expect(await host.stop()).toEqual({ code: 0, signal: null });
    expect(headersOf(await cutOff)).toMatchObject({ Status: '502', 'Nats-Service-Error-Code': '502' });
  });
});
