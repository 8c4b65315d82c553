import { describe, expect, it, onTestFinished } from 'vitest';
import { type DurableServer, letterOf, startDurableServer } from '../support/durable-host.js';
import { type Ledger, newLedger } from '../support/ledger.js';
import { triggerState } from '../support/nats-host.js';
import { startNatsServer } from '../support/nats-server.js';
import { type Host, startHost, until } from '../support/start-host.js';

const EVERY_SECOND = '* * * * * *';
const TICKS = 'TRIBUTARY_TICKS';
const CONSUMER = 'shop=cron';

/** A replica of a schedule of a tick a second, without a NATS trigger. */
function replica(nats: DurableServer, ledger: Ledger, env: Record<string, string | undefined> = {}): Promise<Host> {
  const schedule = { TRIGGER_CRON_SCHEDULE: EVERY_SECOND, ...env };
  return nats.host(ledger, { TRIGGER_NATS_STREAM: undefined, TRIGGER_NATS_SUBJECT: undefined, ...schedule });
}

const begun = (ledger: Ledger): number[] => ledger.begun().map(({ scheduledAt }) => Date.parse(scheduledAt ?? ''));
const untilBegun = (ledger: Ledger, count: number) =>
  until(`${count} ticks`, () => begun(ledger).length >= count, 60_000);

/** Every second from the first instant to the last. */
function withoutGaps(instants: number[]): number[] {
  const [first = 0] = instants;
  return instants.map((_, index) => first + index * 1_000);
}

const sorted = (instants: number[]): number[] => [...instants].sort((a, b) => a - b);

describe('a schedule over replicas', () => {
  it('section 8: each tick is run by one of three replicas', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const env = { TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow' };
    await Promise.all([replica(nats, ledger, env), replica(nats, ledger, env), replica(nats, ledger, env)]);
    await untilBegun(ledger, 8);
    const instants = sorted(begun(ledger));
    expect(instants).toEqual(withoutGaps(instants));
  });

  it('section 8: a tick is one message, whoever publishes it, and the stream keeps what it has to', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const [host] = await Promise.all([replica(nats, ledger), replica(nats, ledger)]);
    await untilBegun(ledger, 3);
    const { config, state } = await nats.manager.streams.info(TICKS);
    expect(config).toMatchObject({ subjects: ['tributary.tick.>'], retention: 'limits', duplicate_window: 300e9 });
    expect(config.max_age).toBeGreaterThanOrEqual(300e9);
    expect(state.messages).toBeLessThanOrEqual(begun(ledger).length + 1);
    const consumer = await nats.manager.consumers.info(TICKS, CONSUMER);
    expect(consumer.config).toMatchObject({ max_ack_pending: 1, filter_subject: 'tributary.tick.shop.cron' });
    await host.outputs('Schedule cron, * * * * * * UTC: shared, each tick is run by one replica');
    const report = (await (await fetch(`${host.adminUrl}/readyz`)).json()) as { components: { triggers: object[] } };
    expect(report.components.triggers).toContainEqual({ name: 'cron', type: 'cron', mode: 'shared', active: true });
  });

  it('section 8: a tick whose replica is killed is run by another', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const args = { TRIGGER_CRON_ARGS: '{"do":"slow","ms":3000}', TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow' };
    const hosts = await Promise.all([replica(nats, ledger, args), replica(nats, ledger, args)]);
    await untilBegun(ledger, 4);
    await hosts[0].stop('SIGKILL');
    const lost = sorted(begun(ledger));
    await until(
      'the ticks of the killed replica to be run',
      () => lost.every((instant) => ledger.ended().some(({ requestId }) => requestId.endsWith(iso(instant)))),
      60_000,
    );
  });

  it('section 8: Forbid holds over all replicas, and what has a newer tick behind it is skipped', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const args = { TRIGGER_CRON_ARGS: '{"do":"slow","ms":2500}' };
    const hosts = await Promise.all([replica(nats, ledger, args), replica(nats, ledger, args)]);
    await until('three runs', () => ledger.ended().length >= 3);
    let [current, most] = [0, 0];
    const order = [...ledger.begun(), ...ledger.ended()].sort((a, b) => a.at - b.at || (a.ends ? -1 : 1));
    for (const line of order) {
      current += line.begins ? 1 : -1;
      most = Math.max(most, current);
    }
    expect(most).toBe(1);
    expect(hosts.some((host) => host.output().includes('A tick was skipped'))).toBe(true);
  });

  it('section 8: without the server ticks wait, and are published when it is back', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const env = { TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow' };
    const [host] = await Promise.all([replica(nats, ledger, env), replica(nats, ledger, env)]);
    await untilBegun(ledger, 2);
    await nats.server.kill();
    await host.outputs('Ticks cannot be published');
    const away = Date.now();
    await until('the server to be away for a while', () => Date.now() > away + 3_000);
    await nats.server.restart();
    await untilBegun(ledger, begun(ledger).length + 6);
    const instants = [...new Set(sorted(begun(ledger)))];
    expect(instants).toEqual(withoutGaps(instants));
    expect(host.output()).not.toContain('A tick was missed');
  });

  it('section 8: a tick that cannot be published before its deadline is missed, and never run', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const host = await replica(nats, ledger, { TRIGGER_CRON_STARTING_DEADLINE_MS: '1500' });
    await untilBegun(ledger, 1);
    await nats.server.kill();
    await host.outputs('A tick was missed: NATS could not be reached before its starting deadline');
    await nats.server.restart();
    const before = begun(ledger).length;
    await untilBegun(ledger, before + 2);
    const late = ledger.begun().filter(({ at, scheduledAt }) => at > Date.parse(scheduledAt ?? '') + 1_600);
    expect(late).toEqual([]);
  });

  it('section 8: a tick that is given up becomes a dead letter, after its attempts', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const env = {
      TRIGGER_CRON_MAX_ATTEMPTS: '2',
      TRIGGER_CRON_ARGS: '{"do":"status","status":503,"headers":{"Retry-After":"0"}}',
    };
    await Promise.all([replica(nats, ledger, env), replica(nats, ledger, env)]);
    const [letter] = await until('a letter', async () => {
      const letters = await nats.letters();
      return letters.length > 0 && letters;
    });
    const { 'Request-Id': id, ...facts } = letterOf(letter!);
    expect(letter?.subject).toMatch(/^tributary\.dead\.shop\.cron\.TRIBUTARY_TICKS\.\d+$/);
    expect(facts).toMatchObject({ Trigger: 'cron', Type: 'cron', Reason: 'failed', 'Last-Status': '503' });
    expect(ledger.begun().filter(({ requestId }) => requestId === id)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
  });

  it('section 8: without JetStream nothing is run, and it says what to do', async () => {
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const ledger = newLedger();
    const host = await startHost({
      env: {
        ...ledger.env,
        SCW_APPLICATION_NAME: 'shop',
        TRIGGER_NATS_URL: server.url,
        TRIGGER_CRON_SCHEDULE: EVERY_SECOND,
        TRIGGER_CRON_STARTING_DEADLINE_MS: '1000',
      },
    });
    onTestFinished(async () => void (await host.stop()));
    await host.outputs('A tick was missed');
    const { active, reason } = await triggerState(host, 'cron');
    expect([active, reason]).toEqual([false, expect.stringContaining('JetStream is not enabled on the NATS server')]);
    expect(begun(ledger)).toEqual([]);
  });

  it('section 1: TRIGGER_CRON_SHARED=false runs the schedule in each process', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const env = { TRIGGER_CRON_SHARED: 'false' };
    const [host] = await Promise.all([replica(nats, ledger, env), replica(nats, ledger, env)]);
    await until('an instant that ran twice', () => begun(ledger).length > new Set(begun(ledger)).size);
    await host.outputs('Schedule cron, * * * * * * UTC: local, each process runs it for itself');
    await expect(nats.manager.streams.info(TICKS)).rejects.toThrow('stream not found');
  });
});

const iso = (instant: number): string => new Date(instant).toISOString();
