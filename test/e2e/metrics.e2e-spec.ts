import { afterEach, describe, expect, it } from 'vitest';
import { letterOf, orders, startDurableServer } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { metricsOf, readMetrics, sumOf } from '../support/metrics.js';
import { startNatsServer } from '../support/nats-server.js';
import { type Host, startHost, until } from '../support/start-host.js';

let host: Host | undefined;
afterEach(async () => {
  await host?.stop('SIGKILL');
  host = undefined;
});

describe('/metrics', () => {
  it('is the text format of Prometheus, with a help for every name, open to scrapers', async () => {
    host = await startHost({ env: { ADMIN_TOKEN: 'a-token-of-sixteen-or-more' } });
    await fetch(host.url);
    const response = await fetch(`${host.adminUrl}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const names = new Set(readMetrics(text).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')));
    for (const name of names) expect(text).toContain(`# HELP ${name} `);
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).toContain('tributary_invocations_total');
  });

  it('counts invocations by trigger and outcome, and how long they waited and ran', async () => {
    host = await startHost({});
    // There before the first one, so that it is an increase.
    const before = (await metricsOf(host)).filter(({ name }) => name === 'tributary_invocations_total');
    expect(before.map(({ labels, value }) => [labels['outcome'], value])).toContainEqual(['failed', 0]);
    const statuses = await Promise.all(
      ['/', '/', '/status?status=404', '/throw', '/slow?ms=50'].map(
        async (path) => (await fetch(host!.url + path)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 404, 500, 200]);
    const lines = await metricsOf(host);
    const of = (outcome: string) =>
      sumOf(lines, 'tributary_invocations_total', { trigger: 'http', type: 'http', outcome });
    expect([of('succeeded'), of('rejected'), of('failed'), of('crashed')]).toEqual([3, 1, 1, 0]);
    expect(sumOf(lines, 'tributary_invocation_running_seconds_count', { trigger: 'http' })).toBe(5);
    expect(sumOf(lines, 'tributary_invocation_running_seconds_sum')).toBeGreaterThan(0.045);
    expect(sumOf(lines, 'tributary_invocation_waiting_seconds_count')).toBe(5);
  });

  it('shows what is in flight and what waits', async () => {
    host = await startHost({ env: { INVOCATION_MAX_IN_FLIGHT: '1' } });
    const pending = [fetch(`${host.url}/slow?ms=60000`), fetch(host.url), fetch(host.url)].map((answer) =>
      answer.catch(() => undefined),
    );
    await until('two to wait', async () => {
      const lines = await metricsOf(host!);
      return (
        sumOf(lines, 'tributary_invocations_in_flight') === 1 && sumOf(lines, 'tributary_invocations_queued') === 2
      );
    });
    await host.stop('SIGKILL');
    await Promise.all(pending);
  });

  it('counts starts and deaths of sub-runtimes, and tells whether they are ready', async () => {
    host = await startHost({});
    await fetch(`${host.url}/exit`);
    const lines = await until('the next sub-runtime', async () => {
      const current = await metricsOf(host!);
      return sumOf(current, 'tributary_sub_runtime_starts_total') === 2 && current;
    });
    expect(sumOf(lines, 'tributary_sub_runtime_deaths_total', { cause: 'exited' })).toBe(1);
    expect(sumOf(lines, 'tributary_sub_runtime_ready', { worker: '0' })).toBe(1);
    expect(sumOf(lines, 'tributary_ready')).toBe(1);
  });

  it('counts ticks by their end, and how late they began', async () => {
    host = await startHost({
      env: { TRIGGER_CRON_SCHEDULE: '* * * * * *', TRIGGER_CRON_ARGS: '{"do":"slow","ms":1500}' },
    });
    const lines = await until('a tick that ran and one that was skipped', async () => {
      const current = await metricsOf(host!);
      const of = (end: string) => sumOf(current, 'tributary_cron_ticks_total', { trigger: 'cron', end });
      return of('succeeded') >= 1 && of('skipped') >= 1 && current;
    });
    expect(sumOf(lines, 'tributary_invocation_late_seconds_count', { trigger: 'cron' })).toBeGreaterThanOrEqual(1);
    expect(sumOf(lines, 'tributary_invocation_late_seconds_count', { trigger: 'http' })).toBe(0);
  });

  it('counts the messages of core NATS, and tells of the connection', async () => {
    const server = await startNatsServer();
    host = await startHost({
      env: { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: server.url, TRIGGER_NATS_SUBJECT: 'greet' },
    });
    const { connect } = await import('@nats-io/transport-node');
    const client = await connect({ servers: server.url });
    await client.request('greet', 'hello');
    await client.close();
    const lines = await metricsOf(host);
    expect(sumOf(lines, 'tributary_nats_messages_total', { trigger: 'nats' })).toBe(1);
    expect(sumOf(lines, 'tributary_nats_connected')).toBe(1);
    await server.stop();
    await until('the lost connection', async () => sumOf(await metricsOf(host!), 'tributary_nats_connected') === 0);
  });

  it('counts deliveries, acks, naks, terms and dead letters', async () => {
    const nats = await startDurableServer();
    const durable = await nats.host(newLedger(), { TRIGGER_NATS_MAX_DELIVER: '2', TRIGGER_NATS_BACKOFF_MS: '50' });
    await nats.publish(orders(10, (n) => (n === 3 ? { do: 'throw' } : { do: 'slow', ms: 1 })));
    await until('the letter', async () => (await nats.letters()).length === 1);
    expect(letterOf((await nats.letters())[0]!)).toMatchObject({ Reason: 'failed' });
    await nats.untilSettled();
    const lines = await metricsOf(durable);
    const of = (name: string, labels = {}) => sumOf(lines, `tributary_${name}`, { trigger: 'nats', ...labels });
    expect({
      deliveries: of('nats_deliveries_total'),
      redeliveries: of('nats_redeliveries_total'),
      acks: of('nats_acks_total', { reason: 'succeeded' }),
      naks: of('nats_naks_total', { reason: 'retried' }),
      terms: of('nats_terms_total'),
      letters: of('dead_letters_total', { reason: 'failed' }),
      pending: of('nats_consumer_pending'),
    }).toEqual({ deliveries: 11, redeliveries: 1, acks: 9, naks: 1, terms: 1, letters: 1, pending: 0 });
  });
});
