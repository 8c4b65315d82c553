import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jetstreamManager } from '@nats-io/jetstream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toolPath } from '../../scripts/tools.mjs';
import { HELM, type Manifest, only, render, type Values } from '../support/chart.js';
import { CASES, SECRETS } from '../support/chart-values.js';
import { runTributary } from '../support/cli.js';
import { connectTo } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { containerOf, layOut } from '../support/pod.js';
import { freePort, type Host, startHost, until } from '../support/start-host.js';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-pod-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The host in the place of the container: its variables and files, but ports and servers of this machine. */
async function startInPlace(manifests: readonly Manifest[], env: Record<string, string> = {}): Promise<Host> {
  const ports = { PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) };
  const host = await startHost({ env: { ...layOut(manifests, temporaryFolder()), ...ports, ...env } });
  onTestFinished(async () => void (await host.stop('SIGKILL')));
  return host;
}

describe.runIf(HELM)('what the chart tells the host', () => {
  it.each(Object.entries(CASES))('%s: is taken without a warning', async (_name, values) => {
    const env = layOut(await render(values), temporaryFolder(), SECRETS);
    const { code, stdout, stderr } = await runTributary(['explain'], env);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('warning:');
    expect(code).toBe(0);
    for (const { name } of (values['triggers'] ?? []) as { name: string }[]) expect(stdout).toContain(`\n${name}: `);
  });
});

/** Which find each other only if the folder is one that their languages understand. */
const SEVERAL_FILES = {
  JavaScript: {
    'handler.mjs': `import { greet } from './greet.mjs';
      export const handle = ({ queryStringParameters: { name } }) => greet(name);`,
    'greet.mjs': 'export const greet = (name) => `Hello ${name}`;',
  },
  ...(toolPath('python3') && {
    Python: {
      'handler.py': `import greet
def handle(event, context):
    return greet.greet(event["queryStringParameters"]["name"])
`,
      'greet.py': `def greet(name):
    return f"Hello {name}"
`,
    },
  }),
};

describe.runIf(HELM)('the host as the chart runs it', () => {
  it('answers the probes and metrics where they ask, and passes the test of helm test', async () => {
    const manifests = await render({ ...CASES['as little as possible'], serviceMonitor: { enabled: true } });
    const host = await startInPlace(manifests);
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(manifests);
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path as string);
    paths.push(only(manifests, 'ServiceMonitor').spec.endpoints[0].path as string);
    for (const path of paths) expect((await fetch(host.adminUrl + path)).status, path).toBe(200);

    const [test] = only(manifests, 'Pod').spec.containers;
    const [program, ...args] = [...test.command, ...test.args] as [string, ...string[]];
    const run = promisify(execFile);
    const env = (url: string) => ({ PATH: process.env['PATH'], URL: url });
    expect((await run(program, args, { env: env(host.url) })).stdout).toContain('answered 200');
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await expect(run(program, args, { env: env(nobody) })).rejects.toMatchObject({ code: 1 });
  });

  it.each(Object.entries(SEVERAL_FILES))(
    'runs a function of several files from its ConfigMap: %s',
    async (_name, files) => {
      const manifests = await render({ function: { public: true, files } });
      const host = await startInPlace(manifests);
      const response = await fetch(`${host.url}/?name=Ada`);
      expect(await response.text()).toBe('Hello Ada');
    },
  );

  it('ends in order, with the delay and the grace that it was given', async () => {
    const shutdown = { delayMs: 200, graceMs: 3000 };
    const host = await startInPlace(await render({ ...CASES['as little as possible'], shutdown }));
    expect((await host.stop()).code).toBe(0);
    expect(host.output()).toContain('Shutting down within 3000 ms; still serving for 200 ms');
  });
});

/** What waits for a consumer, as KEDA's scaler reads it: the paths, names and sum are those of its nats-jetstream scaler. */
async function lagOf(metadata: Record<string, string>, endpoint: string): Promise<number | undefined> {
  const scheme = metadata['useHttps'] === 'true' ? 'https' : 'http';
  const url = `${scheme}://${endpoint}/jsz?acc=${metadata['account']}&consumers=true&config=true`;
  const { account_details: accounts = [] } = (await (await fetch(url)).json()) as {
    account_details?: {
      name: string;
      stream_detail?: {
        name: string;
        consumer_detail?: { name: string; num_pending: number; num_ack_pending: number }[];
      }[];
    }[];
  };
  const account = accounts.find(({ name }) => name === metadata['account']);
  const stream = account?.stream_detail?.find(({ name }) => name === metadata['stream']);
  const consumer = stream?.consumer_detail?.find(({ name }) => name === metadata['consumer']);
  return consumer && consumer.num_pending + consumer.num_ack_pending;
}

/** A handler that never returns: all that comes stays in hand or waits. */
const STUCK = {
  public: true,
  name: 'order desk',
  files: { 'handler.mjs': 'export const handle = () => new Promise(() => {});' },
};

describe.runIf(HELM && toolPath('nats-server'))('what the chart tells KEDA', () => {
  it('is the stream and the consumer of each durable trigger, as a host makes them on a real server', async () => {
    const values: Values = {
      function: STUCK,
      http: { async: true },
      nats: { url: 'nats://nats:4222' },
      env: { TRIGGER_HTTP_MAX_IN_FLIGHT: 2 },
      triggers: [
        { name: 'orders', type: 'nats', stream: 'ORDERS', subject: 'orders.>', maxInFlight: 2 },
        { name: 'audit', type: 'nats', stream: 'ORDERS', durable: 'auditor' },
      ],
      autoscaling: { by: 'lag', natsMonitoring: 'nats:8222', messagesPerReplica: 5 },
    };
    const manifests = await render(values);
    const triggers = only(manifests, 'ScaledObject').spec.triggers as {
      type: string;
      metadata: Record<string, string>;
    }[];
    expect(triggers.map(({ type, metadata }) => [type, metadata['stream'], metadata['consumer']])).toEqual([
      ['nats-jetstream', 'ORDERS', 'order-desk-orders'],
      ['nats-jetstream', 'ORDERS', 'auditor'],
      ['nats-jetstream', 'TRIBUTARY_INVOCATIONS', 'order-desk=http'],
    ]);

    const monitoring = `127.0.0.1:${await freePort()}`;
    const server = await startNatsServer({ jetstream: true, args: ['-m', monitoring.split(':')[1] ?? ''] });
    const client = await connectTo(server);
    onTestFinished(async () => {
      await client.close();
      await server.stop();
    });
    await (await jetstreamManager(client)).streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    for (let n = 0; n < 7; n++) client.publish('orders.new', String(n));
    const host = await startInPlace(manifests, { TRIGGER_NATS_URL: server.url });
    const queued = async () => (await fetch(host.url, { method: 'POST', headers: { Prefer: 'respond-async' } })).status;
    await until('the queue to be open', async () => (await queued()) === 202);
    for (let n = 1; n < 7; n++) expect(await queued()).toBe(202);

    for (const { metadata } of triggers) {
      expect(metadata['lagThreshold']).toBe('5');
      const seen = await until(`the lag of ${metadata['consumer']}`, () => lagOf(metadata, monitoring));
      expect(seen).toBe(7);
    }
  });
});
