import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { api } from '../support/dead-letters.js';
import { LETTERS, storedMessages } from '../support/durable-host.js';
import { metricsOf, sumOf } from '../support/metrics.js';
import { connectTo, untilListening } from '../support/nats-host.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { type CollectedSpan, type Collector, startCollector } from '../support/otlp-collector.js';
import { freePort, HANDLERS, type Host, startHost, until } from '../support/start-host.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;
const [INTERNAL, SERVER, CONSUMER] = [1, 2, 5];
const ERROR = 2;
/** Of the export, in these tests. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '20' };
const WIRE = join(HANDLERS, 'wire.cjs');

const idOf = ({ attributes }: CollectedSpan) => attributes['faas.invocation_id'];
const asParent = ({ traceId, spanId }: CollectedSpan) => `00-${traceId}-${spanId}-01`;

describe('traces of every trigger', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-traces-'));
  let server: NatsServer;
  let client: NatsConnection;
  let manager: JetStreamManager;
  let collector: Collector;
  let host: Host;

  beforeAll(async () => {
    const triggers = [
      { name: 'chat', type: 'nats', subject: 'chat' },
      { name: 'orders', type: 'nats', stream: 'ORDERS', subject: 'orders.>', maxDeliver: 2, backoffMs: [20] },
      { name: 'nightly', type: 'cron', schedule: '* * * * * *', resultSubject: 'ticks.done' },
    ];
    writeFileSync(join(folder, 'triggers.json'), JSON.stringify({ triggers }));
    [server, collector] = await Promise.all([startNatsServer({ jetstream: true }), startCollector()]);
    client = await connectTo(server);
    manager = await jetstreamManager(client, { checkAPI: false });
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    host = await startHost({
      env: {
        SCW_APPLICATION_NAME: 'shop',
        SCW_RUNTIME_BINARY: process.execPath,
        SCW_RUNTIME_BRIDGE: WIRE,
        SCW_HANDLER_PATH: WIRE,
        TRIGGERS_FILE: join(folder, 'triggers.json'),
        TRIGGER_NATS_URL: server.url,
        TRIGGER_HTTP_ASYNC: 'true',
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20secret',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=other',
        OTEL_SERVICE_NAME: 'shop-function',
        ...SOON,
      },
    });
    await untilListening(client, 1, 'shop-chat');
  });
  afterAll(async () => {
    await host?.stop();
    await client?.close();
    await server?.stop();
    await collector?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the sub-runtime was told. */
  const wire = async (requestId: string) => {
    const line = new RegExp(`wire ${requestId} (\\S+) (\\S+?)["\\s]`);
    await host.outputs(line);
    return line.exec(host.output())?.slice(1);
  };

  it('HTTP: a child of the caller, whom the function is a child of', async () => {
    const headers = { traceparent: TRACEPARENT, tracestate: 'a=1,b=2', 'x-request-id': 'http-1' };
    const response = await fetch(`${host.url}/path?token=in-the-query`, { headers });
    const span = await collector.span('http-1', (one) => idOf(one) === 'http-1');
    expect(span).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID, name: 'http', kind: SERVER, status: {} });
    expect(span.traceState).toBe('a=1,b=2');
    expect(span.attributes).toEqual({
      'faas.trigger': 'http',
      'faas.invocation_id': 'http-1',
      'tributary.trigger': 'http',
      'tributary.outcome': 'succeeded',
      'tributary.attempt': '1',
      'http.response.status_code': '200',
    });
    expect(await response.json()).toEqual({ traceparent: asParent(span), tracestate: 'a=1,b=2' });
    const [start, dispatched, end] = [span.startTimeUnixNano, span.events[0]?.timeUnixNano ?? '', span.endTimeUnixNano];
    expect(span.events.map(({ name }) => name)).toEqual(['dispatched']);
    expect([BigInt(start) <= BigInt(dispatched), BigInt(dispatched) < BigInt(end)]).toEqual([true, true]);
    expect(Math.abs(Number(start) / 1e6 - Date.now())).toBeLessThan(60_000);
  });

  it('HTTP: the beginning of a trace where the caller has none, or none that is valid', async () => {
    for (const [requestId, traceparent] of [['http-2'], ['http-3', `00-${TRACE_ID}-${PARENT_ID}`]] as const) {
      const headers = { 'x-request-id': requestId, ...(traceparent && { traceparent, tracestate: 'a=1' }) };
      const response = await fetch(host.url, { headers });
      const span = await collector.span(requestId, (one) => idOf(one) === requestId);
      expect([span.parentSpanId, span.traceState]).toEqual([undefined, undefined]);
      expect(await response.json()).toEqual({ traceparent: asParent(span) });
    }
  });

  it('HTTP: none where the caller does not record; what it said is handed on', async () => {
    const traceparent = `00-${TRACE_ID}-${PARENT_ID}-00`;
    const response = await fetch(host.url, { headers: { traceparent, 'x-request-id': 'http-4' } });
    expect(await response.json()).toEqual({ traceparent });
    await fetch(host.url, { headers: { 'x-request-id': 'http-5' } });
    await collector.span('http-5', (one) => idOf(one) === 'http-5');
    expect(collector.spans().filter((one) => idOf(one) === 'http-4')).toEqual([]);
  });

  it('HTTP: an error where the function fails, and none where it rejects', async () => {
    const ask = (status: number) =>
      fetch(host.url, {
        method: 'POST',
        body: JSON.stringify({ statusCode: status, body: 'secret-body' }),
        headers: { 'x-request-id': `status-${status}` },
      });
    await Promise.all([404, 503].map(ask));
    const rejected = await collector.span('404', (one) => idOf(one) === 'status-404');
    expect([rejected.status, rejected.attributes['tributary.outcome']]).toEqual([{}, 'rejected']);
    const failed = await collector.span('503', (one) => idOf(one) === 'status-503');
    expect(failed.status).toEqual({ code: ERROR, message: 'the function answered with status 503' });
    expect(failed.attributes).toMatchObject({ 'error.type': '503', 'http.response.status_code': '503' });
  });

  it('core NATS: the reply bears the context of the run', async () => {
    const headers = newHeaders();
    headers.append('Traceparent', TRACEPARENT);
    headers.append('tracestate', 'a=1');
    headers.append('X-Request-Id', 'chat-1');
    const reply = await client.request('chat', '', { headers, timeout: 20_000 });
    const span = await collector.span('chat-1', (one) => idOf(one) === 'chat-1');
    expect(span).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID, name: 'chat', kind: CONSUMER });
    expect(span.attributes).toMatchObject({ 'faas.trigger': 'pubsub', 'messaging.system': 'nats' });
    expect([reply.headers?.values('traceparent'), reply.headers?.values('tracestate')]).toEqual([
      [asParent(span)],
      ['a=1'],
    ]);
    expect(JSON.parse(reply.string())).toEqual({ traceparent: asParent(span), tracestate: 'a=1' });
  });

  const lettersOf = async (sequence: number) => {
    const letters = await storedMessages(manager, LETTERS);
    return letters.filter(({ header }) => header.get('Tributary-Sequence') === String(sequence));
  };

  it('JetStream: all deliveries are in one trace, and so is the dead letter and its replay', async () => {
    const { seq } = await jetstream(client).publish('orders.new', '{"statusCode":500}');
    const [letter] = await until('the letter', async () => {
      const found = await lettersOf(seq);
      return found.length > 0 && found;
    });
    const spansOf = () => collector.spans().filter((one) => idOf(one) === `ORDERS-${seq}`);
    const spans = await until('both spans', () => spansOf().length === 2 && spansOf());
    expect(spans.map(({ attributes }) => attributes['tributary.attempt'])).toEqual(['1', '2']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans.map(({ parentSpanId, status }) => [parentSpanId, status.code])).toEqual(
      spans.map(() => [undefined, ERROR]),
    );
    expect(letter?.header.values('traceparent')).toEqual([asParent(spans[1]!)]);
    const { json } = await api(host, 'GET', `/${letter?.seq}`);
    expect(json).toMatchObject({ traceparent: asParent(spans[1]!), headers: {} });
    await api(host, 'POST', `/${letter?.seq}/replay`);
    const replay = await until('the span of the replay', () => spansOf()[2]);
    expect([replay.traceId, replay.parentSpanId]).toEqual([spans[0]?.traceId, undefined]);
  });

  it('JetStream: a message with a trace of its own keeps it, and so does its dead letter', async () => {
    const headers = newHeaders();
    headers.append('traceparent', TRACEPARENT);
    const { seq } = await jetstream(client).publish('orders.new', '{"statusCode":404}', { headers });
    const span = await collector.span('the delivery', (one) => idOf(one) === `ORDERS-${seq}`);
    expect([span.traceId, span.parentSpanId]).toEqual([TRACE_ID, PARENT_ID]);
    expect((await wire(`ORDERS-${seq}`))?.[0]).toBe(asParent(span));
    const [letter] = await until('the letter', async () => {
      const found = await lettersOf(seq);
      return found.length > 0 && found;
    });
    expect(letter?.header.values('traceparent')).toEqual([TRACEPARENT]);
    expect(letter?.header.has('Tributary-Traceparent')).toBe(false);
  });

  it('queued: a child of the client, if it has a trace', async () => {
    const ask = (requestId: string, headers: object) =>
      fetch(host.url, { headers: { Prefer: 'respond-async', 'x-request-id': requestId, ...headers } });
    expect((await ask('queued-1', { traceparent: TRACEPARENT, tracestate: 'a=1' })).status).toBe(202);
    expect((await ask('queued-2', {})).status).toBe(202);
    const child = await collector.span('queued-1', (one) => idOf(one) === 'queued-1');
    expect([child.traceId, child.parentSpanId, child.traceState]).toEqual([TRACE_ID, PARENT_ID, 'a=1']);
    expect(await wire('queued-1')).toEqual([asParent(child), 'a=1']);
    const root = await collector.span('queued-2', (one) => idOf(one) === 'queued-2');
    expect(root.parentSpanId).toBeUndefined();
  });

  it('cron: the beginning of a trace, which the result bears', async () => {
    const results: string[][] = [];
    const subscription = client.subscribe('ticks.done', {
      callback: (_error, { headers }) => void results.push(headers?.values('traceparent') ?? []),
    });
    await until('a result', () => results.length > 0);
    subscription.unsubscribe();
    const span = await collector.span('of the result', (one) => asParent(one) === results[0]?.[0]);
    expect(span).toMatchObject({ name: 'nightly', kind: INTERNAL, attributes: { 'faas.trigger': 'timer' } });
    expect([results[0]?.length, span.parentSpanId]).toEqual([1, undefined]);
  });

  it('go to /v1/traces with the headers that were asked for, and say whose they are', async () => {
    await collector.span('any', () => true);
    expect(collector.exports[0]).toMatchObject({
      path: '/base/v1/traces',
      headers: { 'content-type': 'application/json', 'x-api-key': 'a secret' },
    });
    expect(collector.resource()).toMatchObject({
      'service.name': 'shop-function',
      'faas.name': 'shop',
      'deployment.environment.name': 'test',
      'telemetry.sdk.name': 'tributary',
    });
    const all = collector.exports.map(({ text }) => text).join('');
    for (const secret of ['in-the-query', 'secret-body', 'a secret']) expect(all).not.toContain(secret);
    expect(host.output()).not.toContain('a secret');
    await until('figures', async () => sumOf(await metricsOf(host), 'tributary_trace_spans_exported_total') > 5);
    expect(sumOf(await metricsOf(host), 'tributary_trace_spans_dropped_total')).toBe(0);
  });
});

describe('a collector', () => {
  const tracedBy = async (url: string, env: Record<string, string> = {}) => {
    const host = await startHost({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...SOON, ...env } });
    onTestFinished(async () => void (await host.stop('SIGKILL')));
    return host;
  };
  const collectorThat = async (answer: (response: ServerResponse, count: number) => unknown) => {
    const collector = await startCollector(answer);
    onTestFinished(() => collector.close());
    return collector;
  };
  const statuses = async (host: Host, count: number) => {
    const answers = await Promise.all(Array.from({ length: count }, () => fetch(host.url)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    return new Set(answers.map(({ status }) => status));
  };
  const dropped = async (host: Host, reason: string) =>
    sumOf(await metricsOf(host), 'tributary_trace_spans_dropped_total', { reason });
  const troubles = (host: Host) => host.logs().filter(({ context, level }) => context === 'Traces' && level === 'warn');

  it('gets what waits when the host ends', async () => {
    const collector = await collectorThat((response) => response.end());
    const host = await tracedBy(collector.url, { OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await statuses(host, 3);
    expect(collector.spans()).toHaveLength(0);
    expect(await host.stop()).toEqual({ code: 0, signal: null });
    expect(collector.spans()).toHaveLength(3);
  });

  it('that is away costs no request anything, is said once, and holds up the end for a moment at most', async () => {
    const host = await tracedBy(`http://127.0.0.1:${await freePort()}`, { OTEL_BSP_MAX_QUEUE_SIZE: '10' });
    expect(await statuses(host, 50)).toEqual(new Set([200]));
    await until('spans to be lost', async () => (await dropped(host, 'queue full')) > 0);
    await host.log(({ context }) => context === 'Traces');
    expect(troubles(host)).toHaveLength(1);
    expect(JSON.stringify(troubles(host))).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
    expect((await host.stop()).code).toBe(0);
    expect(host.output()).not.toContain('did not end within');
  });

  it('that never answers holds up nothing, either', async () => {
    const collector = await collectorThat(() => undefined);
    const host = await tracedBy(collector.url, { SHUTDOWN_GRACE_MS: '8000' });
    expect(await statuses(host, 20)).toEqual(new Set([200]));
    await until('an export', () => collector.exports.length > 0);
    expect((await host.stop()).code).toBe(0);
    expect(host.output()).not.toContain('did not end within');
  });

  it('that answers 503 gets the same again when it said, one that answers 400 does not', async () => {
    const collector = await collectorThat((response, count) => {
      response.statusCode = [503, 400, 200][count - 1] ?? 200;
      if (count === 1) response.setHeader('retry-after', '0');
      response.end();
    });
    const host = await tracedBy(collector.url);
    await statuses(host, 1);
    await until('the refusal', async () => (await dropped(host, 'refused')) === 1);
    expect(collector.exports[1]?.text).toBe(collector.exports[0]?.text);
    await statuses(host, 1);
    await host.log(({ msg }) => msg === 'Spans are exported again; 1 were lost');
    expect(troubles(host)).toHaveLength(1);
    expect(collector.exports).toHaveLength(3);
  });

  it('that redirects is not followed', async () => {
    const elsewhere = await collectorThat((response) => response.end());
    const collector = await collectorThat((response) => {
      response.writeHead(307, { location: elsewhere.url });
      response.end();
    });
    const host = await tracedBy(collector.url, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret' });
    await statuses(host, 1);
    await until('the refusal', async () => (await dropped(host, 'refused')) === 1);
    expect(elsewhere.exports).toHaveLength(0);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['an answer without end', (response) => response.on('drain', () => pour(response)) && pour(response)],
    ['no HTTP', (response) => response.socket?.end('nonsense\r\n\r\n')],
    ['a cut connection', (response) => response.socket?.destroy()],
    [
      'an answer that claims to be gzip',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    ],
    ['an answer that is no JSON', (response) => response.end('{"partialSuccess":')],
    ['absurd counts', (response) => response.end('{"partialSuccess":{"rejectedSpans":"1e400"}}')],
  ])('that gives %s disturbs nothing', async (_what, answer) => {
    const collector = await collectorThat(answer);
    const host = await tracedBy(collector.url);
    expect(await statuses(host, 3)).toEqual(new Set([200]));
    await until('an export', () => collector.exports.length > 0);
    expect(await statuses(host, 3)).toEqual(new Set([200]));
    expect((await host.stop()).code).toBe(0);
    expect(host.output()).not.toMatch(/unhandled|did not end within/i);
  });
});

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
}

describe('the variables of OpenTelemetry', () => {
  it('are the function’s as well; what the host cannot use of them is said, and nothing is refused', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=secret',
      OTEL_TRACES_SAMPLER: 'xray',
      OTEL_LOGS_EXPORTER: 'otlp',
    };
    const host = await startHost({ env });
    onTestFinished(async () => void (await host.stop('SIGKILL')));
    const seen = (await (await fetch(`${host.url}/environment`)).json()) as Record<string, string>;
    expect(seen).toMatchObject(env);
    await host.outputs(
      'OTEL_EXPORTER_OTLP_PROTOCOL \\"grpc\\": the host speaks http/json alone, and exports no spans.',
    );
    expect((await metricsOf(host)).filter(({ name }) => name.includes('trace_spans'))).toEqual([]);
  });
});
