import { describe, expect, it } from 'vitest';
import {
  type DurableServer,
  letterOf,
  numbers,
  orders,
  publishSurely,
  startDurableServer,
  tally,
} from '../support/durable-host.js';
import { type Ledger, newLedger } from '../support/ledger.js';
import { linesWith } from '../support/nats-host.js';
import { faultsOver, scaled } from '../support/soak.js';
import { until, workerPids } from '../support/start-host.js';

const COUNT = scaled(2_000);
const IN_FLIGHT = 40;

/** Resolves when a number of dead letters is there and nothing else is left. */
async function settledWith(nats: DurableServer, letters: number) {
  await until(`${letters} letters`, async () => (await nats.letters()).length >= letters || undefined, 60_000);
  await nats.untilSettled(60_000);
  return nats.letters();
}

/** Each neighbour came to its end, and none was delivered a second time. */
function expectUncharged(ledger: Ledger, neighbours: readonly number[]): void {
  expect(ledger.handled()).toEqual(neighbours);
  const charged = ledger.begun().filter(({ n, attempt }) => attempt > 1 && neighbours.includes(n ?? 0));
  expect(charged).toEqual([]);
}

describe('the sub-runtime is killed at random while messages flow', () => {
  it.each([1, 2])('with %d workers: nothing is lost, nothing is dead-lettered', async (workers) => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger, { SUB_RUNTIME_WORKERS: String(workers) });
    const publishing = publishSurely(
      nats,
      ledger,
      orders(COUNT, () => ({ do: 'slow', ms: 10 })),
    );
    const kills = scaled(6);
    for (const [kill, handled] of faultsOver(COUNT, 6).entries()) {
      await until('progress', () => ledger.ended().length >= handled, 60_000);
      const pids = await workerPids(host);
      process.kill(pids[kill % pids.length]!, 'SIGKILL');
    }
    await publishing;
    await nats.untilSettled(60_000);
    const counted = await tally(nats, ledger, COUNT, `sub-runtime killed ${kills} times, ${workers} workers`);
    expect(counted).toEqual({
      published: COUNT,
      handled: COUNT,
      duplicated: expect.any(Number) as number,
      deadLettered: 0,
    });
    expect(counted.duplicated).toBeLessThanOrEqual(kills * IN_FLIGHT * workers);
    expect(host.child.exitCode).toBeNull();
  });
});

describe('a message makes the sub-runtime die', () => {
  it.each([
    ['two deliveries', 2, {}],
    ['a single delivery', 1, {}],
    ['two workers', 2, { SUB_RUNTIME_WORKERS: '2' }],
  ])('%s: one letter, and no neighbour is charged for it', async (_name, maxDeliver, env) => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(orders(200, (n) => (n === 20 ? { do: 'exitLater', ms: 20 } : { do: 'slow', ms: 40 })));
    await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: String(maxDeliver), ...env });
    const letters = await settledWith(nats, 1);
    await tally(nats, ledger, 200, `one poison message, ${_name}`);
    expect(letters).toHaveLength(1);
    expect(letterOf(letters[0]!)).toMatchObject({
      Reason: 'failed',
      'Last-Outcome': 'crashed',
      'Last-Status': '502',
      Sequence: '20',
      Deliveries: String(maxDeliver),
    });
    expectUncharged(
      ledger,
      numbers(200).filter((n) => n !== 20),
    );
  });

  it('several of them, at once and later: one letter each', async () => {
    const poison = [3, 4, 5, 60, 150];
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(orders(200, (n) => (poison.includes(n) ? { do: 'exit' } : { do: 'slow', ms: 20 })));
    await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: '1' });
    const letters = await settledWith(nats, poison.length);
    await tally(nats, ledger, 200, 'five poison messages');
    expect(letters.map((letter) => Number(letterOf(letter)['Sequence'])).sort((a, b) => a - b)).toEqual(poison);
    expect(new Set(letters.map((letter) => letterOf(letter)['Last-Outcome']))).toEqual(new Set(['crashed']));
    expectUncharged(
      ledger,
      numbers(200).filter((n) => !poison.includes(n)),
    );
  });

  it('what is behind it is handled while it waits for its next delivery', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: '2', TRIGGER_NATS_BACKOFF_MS: '20000' });
    await nats.publish([{ n: 1, do: 'exit' }, ...orders(100).map((_, index) => ({ n: index + 2 }))]);
    await until('all that is behind it', () => ledger.handled().length === 100);
    await until('all but one to be settled', async () => (await nats.unsettled()) === 1 || undefined);
    expect(await nats.letters()).toEqual([]);
  });

  it('runs alone at once when it comes again, so that neighbours of its later deliveries do not die with it', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger, { TRIGGER_NATS_MAX_DELIVER: '4' });
    await nats.publish([{ n: 1, do: 'exit' }]);
    const publishing = publishSurely(
      nats,
      ledger,
      orders(600, (n) => ({ n: n + 1, do: 'slow', ms: 5 })),
    );
    await settledWith(nats, 1);
    await publishing;
    await nats.untilSettled();
    const counted = await tally(nats, ledger, 601, 'poison among a flow');
    expect(counted).toMatchObject({ handled: 600, deadLettered: 1 });
    expect(linesWith(host, '"level":"error"').length).toBeLessThan(20);
  });
});

describe('a handler that does not return', () => {
  it('times out by itself; its neighbours are not charged', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.publish(
      orders(200, (n) => (n === 5 ? { do: 'gate', file: '/nonexistent/gate' } : { do: 'slow', ms: 10 })),
    );
    await nats.host(ledger, {
      TRIGGER_NATS_MAX_DELIVER: '1',
      INVOCATION_TIMEOUT_MS: '1500',
      SHUTDOWN_GRACE_MS: '2000',
    });
    const letters = await settledWith(nats, 1);
    await tally(nats, ledger, 200, 'a handler that never returns');
    expect(letters).toHaveLength(1);
    expect(letterOf(letters[0]!)).toMatchObject({ 'Last-Outcome': 'timed-out', 'Last-Status': '504', Sequence: '5' });
    expectUncharged(
      ledger,
      numbers(200).filter((n) => n !== 5),
    );
  });
});
