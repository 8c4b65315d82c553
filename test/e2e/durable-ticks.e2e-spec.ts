import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DurableServer, startDurableServer } from '../support/durable-host.js';
import { type Ledger, newLedger } from '../support/ledger.js';
import { report, scaled } from '../support/soak.js';
import { type Host, ROOT, until } from '../support/start-host.js';

const CLOCK_SKEW = join(ROOT, 'test/fixtures/clock-skew.cjs');
/** A minute; longer in a soak. */
const MINUTE_MS = scaled(60_000);
/** The minute, and what a busy machine needs to start and to end. */
const PATIENCE_MS = MINUTE_MS + 120_000;

/** @param skewMs How far its clock is ahead. */
function replica(nats: DurableServer, ledger: Ledger, skewMs = 0): Promise<Host> {
  return nats.host(ledger, {
    TRIGGER_NATS_STREAM: undefined,
    TRIGGER_NATS_SUBJECT: undefined,
    TRIGGER_CRON_SCHEDULE: '* * * * * *',
    TRIGGER_CRON_CONCURRENCY_POLICY: 'Allow',
    ...(skewMs !== 0 && { CLOCK_SKEW_MS: String(skewMs), NODE_OPTIONS: `--require ${CLOCK_SKEW}` }),
  });
}

/** How often each planned instant from `from` to `to` came to its end. */
function runsBetween(ledger: Ledger, from: number, to: number): Map<number, number> {
  const runs = new Map<number, number>();
  for (let instant = Math.ceil(from / 1_000) * 1_000; instant <= to; instant += 1_000) runs.set(instant, 0);
  for (const { scheduledAt, requestId } of [...ledger.ended()]) {
    const instant = Date.parse(scheduledAt ?? requestId.split('@')[1] ?? '');
    const known = runs.get(instant);
    if (known !== undefined) runs.set(instant, known + 1);
  }
  return runs;
}

function summary(runs: Map<number, number>): { ticks: number; missing: number; repeated: number } {
  const counts = [...runs.values()];
  return {
    ticks: counts.length,
    missing: counts.filter((count) => count === 0).length,
    repeated: counts.filter((count) => count > 1).length,
  };
}

const untilAllRan = (ledger: Ledger, from: number, to: number) =>
  until(
    'every tick of the minute to have run',
    () => Date.now() > to && summary(runsBetween(ledger, from, to)).missing === 0,
    PATIENCE_MS,
  );

describe('a minute of ticks a second', { timeout: PATIENCE_MS + MINUTE_MS }, () => {
  it('runs each exactly once on three replicas that live, their clocks seconds apart', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    await Promise.all([replica(nats, ledger), replica(nats, ledger, 2_500), replica(nats, ledger, -2_500)]);
    const from = Date.now();
    await untilAllRan(ledger, from, from + MINUTE_MS);
    const found = summary(runsBetween(ledger, from, from + MINUTE_MS));
    report('ticks of three replicas, clocks apart', found);
    expect(found).toMatchObject({ missing: 0, repeated: 0 });
    expect(await nats.letters()).toEqual([]);
  });

  it('runs each at least once on two replicas, one of which is killed, and a server that is away for a while', async () => {
    const nats = await startDurableServer(null);
    const ledger = newLedger();
    const [victim] = await Promise.all([replica(nats, ledger), replica(nats, ledger)]);
    const from = Date.now();
    await until('ten seconds', () => Date.now() > from + 10_000);
    await victim.stop('SIGKILL');
    await until('another ten', () => Date.now() > from + 20_000);
    await replica(nats, ledger);
    await until('another ten', () => Date.now() > from + 30_000);
    await nats.server.kill();
    await until('the server to be away for five seconds', () => Date.now() > from + 35_000);
    await nats.server.restart();
    await untilAllRan(ledger, from, from + MINUTE_MS);
    const found = summary(runsBetween(ledger, from, from + MINUTE_MS));
    report('ticks of two replicas, one killed, server away', found);
    expect(found).toMatchObject({ missing: 0 });
    expect(await nats.letters()).toEqual([]);
  });
});
