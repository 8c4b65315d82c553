import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runTributary } from '../support/cli.js';
import { connectTo, startNatsHost, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { freePort, type Host } from '../support/start-host.js';

/** Runs `tributary send` with a `TRIGGER_NATS_URL` of the server, unless `env` has another. */
function send(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
  return runTributary(['send', ...args], { TRIGGER_NATS_URL: server.url, ...env });
}

let server: NatsServer;
let client: NatsConnection;
let host: Host;
beforeAll(async () => {
  server = await startNatsServer();
  client = await connectTo(server);
  host = await startNatsHost(server);
  await untilListening(client);
});
afterAll(async () => {
  await host?.stop();
  await client?.close();
  await server?.stop();
});

describe('tributary send', () => {
  it('prints the reply as it came', async () => {
    const result = await send(['orders.new', '{"do":"return","value":{"statusCode":200,"body":"thank you"}}']);
    expect(result).toEqual({ code: 0, stdout: 'thank you', stderr: '' });
  });

  it('sends headers', async () => {
    const { code, stdout } = await send(['orders.new', 'x', '--header', 'X-A: 1: one', '--header', 'X-A: 2']);
    const { event } = JSON.parse(stdout) as { event: { multiValueHeaders: object } };
    expect(code).toBe(0);
    expect(event.multiValueHeaders).toEqual({ 'X-A': ['1: one', '2'] });
  });

  it('fails at an error reply: its text on stdout, what it is on stderr', async () => {
    const result = await send(['orders.new', '{"do":"status","status":404}']);
    const stderr = 'tributary send: error reply 404: Not Found\n';
    expect(result).toEqual({ code: 1, stdout: 'status 404', stderr });
  });

  it('says plainly that nobody listens', async () => {
    const stderr = 'tributary send: nobody listens to nowhere: the message was lost\n';
    expect(await send(['nowhere', 'x'])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('is content without a reply, unless one is required', async () => {
    client.subscribe('silent', { callback: () => undefined });
    await client.flush();
    const sent = await send(['silent', 'x', '--timeout', '200']);
    expect(sent).toEqual({ code: 0, stdout: '', stderr: 'tributary send: sent; no reply within 200 ms\n' });
    const required = await send(['silent', 'x', '--timeout', '200', '--request']);
    expect(required).toEqual({ code: 1, stdout: '', stderr: 'tributary send: no reply within 200 ms\n' });
  });

  it('only publishes with --no-reply', async () => {
    const received = client.subscribe('published', { max: 1 });
    await client.flush();
    expect(await send(['published', 'hello', '--no-reply'])).toEqual({ code: 0, stdout: '', stderr: '' });
    for await (const message of received) expect([message.string(), message.reply ?? '']).toEqual(['hello', '']);
  });

  it('takes the server from --server before TRIGGER_NATS_URL', async () => {
    const env = { TRIGGER_NATS_URL: `nats://127.0.0.1:${await freePort()}` };
    const action = '{"do":"status","status":200}';
    expect(await send(['orders.new', action, '--server', server.url], env)).toMatchObject({
      code: 0,
      stdout: 'status 200',
    });
  });

  it('says in one line that there is no server, and what to do', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await send(['orders.new', 'x'], { TRIGGER_NATS_URL: `nats://127.0.0.1:${port}` });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `tributary send: no connection to NATS at 127.0.0.1:${port} (connection refused); start one or set TRIGGER_NATS_URL\n`,
    );
  });

  it('uses the credentials of TRIGGER_NATS_*, and never shows them', async () => {
    const locked = await startNatsServer({ config: 'authorization { token: "t0ken-s3cret" }' });
    try {
      const env = { TRIGGER_NATS_URL: locked.url, TRIGGER_NATS_TOKEN: 't0ken-s3cret' };
      expect(await send(['x', 'x', '--no-reply'], env)).toEqual({ code: 0, stdout: '', stderr: '' });
      const { code, stderr } = await send(['x', 'x'], { ...env, TRIGGER_NATS_TOKEN: 'wr0ng-s3cret' });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^tributary send: no connection .*the server refuses the credentials.*\n$/);
      expect(stderr).not.toContain('s3cret');
    } finally {
      await locked.stop();
    }
  });

  it.each([
    [[], 'expected SUBJECT DATA'],
    [['orders.new'], 'expected SUBJECT DATA'],
    [['orders.new', 'two', 'words'], 'put DATA in quotes'],
    [['orders.*', 'x'], '"orders.*" is no subject without wildcards'],
    [['orders.new', 'x', '--header', 'nonsense'], "is not 'Name: value'"],
    [['orders.new', 'x', '--timeout', 'soon'], 'is no whole number of milliseconds'],
    [['orders.new', 'x', '--reply'], 'Unknown option'],
    [['orders.new', 'x', '--request', '--no-reply'], 'contradict'],
    [['orders.new', 'x', '--server', 'http://a'], 'TRIGGER_NATS_URL: expected nats://host:port'],
  ])('ends with 64 and one line at wrong usage: %j', async (args, expected) => {
    const { code, stdout, stderr } = await send(args);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('explains itself with --help', async () => {
    const { code, stdout } = await send(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tributary send SUBJECT DATA:/);
  });
});
