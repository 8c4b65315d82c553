import { describe, expect, it } from 'vitest';
import {
  type DurableServer,
  letterOf,
  numbers,
  orders,
  publishSurely,
  startDurableServer,
  STREAM,
  tally,
} from '../support/durable-host.js';
import { closedGate } from '../support/gate.js';
import { type Ledger, newLedger } from '../support/ledger.js';
import { linesWith } from '../support/nats-host.js';
import { faultsOver, scaled } from '../support/soak.js';
import { type Host, until, workerPids } from '../support/start-host.js';

const COUNT = scaled(2_000);
/** Messages that a host has in flight by default: what ended in it, unknown to the server, runs again elsewhere. */
const IN_FLIGHT = 40;
const NOTHING_LOST = { published: COUNT, handled: COUNT, duplicated: 0, deadLettered: 0 };
const QUICKLY = { TRIGGER_NATS_ACK_WAIT_MS: '1000' };
const flowing = () => orders(COUNT, () => ({ do: 'slow', ms: 30 }));

const untilHandled = (ledger: Ledger, count: number) =>
  until(`${count} to be handled`, () => ledger.ended().length >= count, 60_000);

async function killedHost(host: Host): Promise<void> {
  host.child.kill('SIGKILL');
  await host.exited;
}

describe('a host is killed while messages flow', () => {
  it('and started again, three times: nothing is lost', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    let host = await nats.host(ledger, QUICKLY);
    const publishing = publishSurely(nats, ledger, flowing());
    for (const handled of faultsOver(COUNT, 3)) {
      await untilHandled(ledger, handled);
      await killedHost(host);
      host = await nats.host(ledger, QUICKLY);
    }
    await publishing;
    await nats.untilSettled(60_000);
    const counted = await tally(nats, ledger, COUNT, `host killed ${scaled(3)} times`);
    expect(counted).toEqual({ ...NOTHING_LOST, duplicated: expect.any(Number) as number });
    expect(counted.duplicated).toBeLessThanOrEqual(scaled(3) * IN_FLIGHT);
  });

  it('and another goes on with the same consumer', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const [first] = [await nats.host(ledger, QUICKLY), await nats.host(ledger, QUICKLY)];
    const publishing = publishSurely(nats, ledger, flowing());
    await untilHandled(ledger, 600);
    await killedHost(first);
    await publishing;
    await nats.untilSettled(60_000);
    const counted = await tally(nats, ledger, COUNT, 'one of two hosts killed');
    expect(counted).toEqual({ ...NOTHING_LOST, duplicated: expect.any(Number) as number });
    expect(counted.duplicated).toBeLessThanOrEqual(IN_FLIGHT);
    expect(new Set(ledger.ended().map(({ pid }) => pid)).size).toBe(2);
  });
});

describe('a message kills its host', () => {
  it('in its last delivery: the next host writes the letter, once, and does not run it', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    // Long enough for the server to have noticed that the host is gone.
    const env = { TRIGGER_NATS_ACK_WAIT_MS: '4000', TRIGGER_NATS_MAX_DELIVER: '1' };
    const first = await nats.host(ledger, env);
    await nats.publish([{ n: 1, do: 'killHost' }]);
    await first.exited;
    const hosts = [await nats.host(ledger, env), await nats.host(ledger, env)];
    await until('a letter', async () => (await nats.letters()).length > 0);
    await nats.untilSettled();
    const letters = await nats.letters();
    expect(letters).toHaveLength(1);
    expect(letterOf(letters[0]!)).toMatchObject({
      Reason: 'host died',
      'Last-Outcome': 'unknown',
      'Last-Error': 'delivered 1 times, and no host lived to settle the last delivery',
      // The server takes a delivery back that found nobody, such as a request of the host that died.
      Deliveries: expect.stringMatching(/^[12]$/) as string,
      'Request-Id': `${STREAM}-1`,
    });
    expect(letters[0]!.string()).toBe('{"n":1,"do":"killHost"}');
    expect(ledger.begun()).toHaveLength(1);
    expect(hosts.map((host) => host.child.exitCode)).toEqual([null, null]);
  });

  it('in every delivery: exactly one letter in the end, and no neighbour is given up with it', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const supervised = supervise(nats, ledger, QUICKLY);
    const count = 200;
    // Long enough to be in flight beside it when it kills the host.
    const neighbours = orders(count, (n) => ({ n: n + 1, do: 'slow', ms: 100 }));
    const publishing = publishSurely(nats, ledger, [
      ...neighbours.slice(0, 5),
      { n: 1, do: 'killHost' },
      ...neighbours.slice(5),
    ]);
    await until('a letter', async () => (await nats.letters()).length > 0, 60_000);
    await publishing;
    await nats.untilSettled(60_000);
    await supervised.end();
    const counted = await tally(nats, ledger, count + 1, `a message that killed ${supervised.deaths()} hosts`);
    expect(counted).toMatchObject({ handled: count, deadLettered: 1 });
    expect(ledger.handled()).toEqual(numbers(count + 1).slice(1));
    expect(supervised.deaths()).toBe(5);
    expect(letterOf((await nats.letters())[0]!)).toMatchObject({ Reason: 'host died', 'Last-Outcome': 'unknown' });
  });
});

describe('several messages kill their hosts', () => {
  it.each([3, 5])(
    'with %d deliveries each: a letter for each of them, and none for a neighbour',
    async (maxDeliver) => {
      const nats = await startDurableServer();
      const ledger = newLedger();
      const env = { ...QUICKLY, TRIGGER_NATS_MAX_DELIVER: `${maxDeliver}`, TRIGGER_NATS_BACKOFF_MS: '50' };
      const supervised = supervise(nats, ledger, env);
      const count = 40;
      const kills = (n: number) => n % 8 === 0;
      await nats.publish(orders(count, (n) => (kills(n) ? { n, do: 'killHost' } : { n, do: 'slow', ms: 300 })));
      await nats.untilSettled(120_000);
      await supervised.end();
      expect(ledger.handled()).toEqual(numbers(count).filter((n) => !kills(n)));
      const letters = (await nats.letters()).map((letter) => (JSON.parse(letter.string()) as { n: number }).n);
      expect(sorted(letters)).toEqual(numbers(count).filter(kills));
      await tally(nats, ledger, count, `5 messages that killed ${supervised.deaths()} hosts`);
    },
  );
});

describe('a host ends before a message has', () => {
  it('hands it back, which costs the message no delivery', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const gate = closedGate();
    const env = { TRIGGER_NATS_MAX_DELIVER: '1', SHUTDOWN_GRACE_MS: '4000' };
    const first = await nats.host(ledger, env);
    await nats.publish([{ n: 1, do: 'gate', file: gate.body }]);
    await until('the message to run', () => ledger.begun().length === 1);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    gate.open();
    await nats.host(ledger, env);
    await nats.untilSettled();
    expect(ledger.handled()).toEqual([1]);
    expect(await nats.letters()).toEqual([]);
  });
});

describe('one of two hosts is asked to end under load', () => {
  it.each([
    ['quick handlers', 2, 700],
    ['slow handlers', 400, 200],
  ])('%s: no loss, no duplicate, exit code 0, three times', async (_name, ms, inRound) => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const staying = await nats.host(ledger);
    let count = 0;
    for (let round = 1; round <= scaled(3); round++) {
      const leaving = await nats.host(ledger);
      const before = count;
      const publishing = nats.publish(orders(inRound, (n) => ({ n: before + n, do: 'slow', ms })));
      await untilBusy(leaving, ledger);
      const startedAt = Date.now();
      expect(await leaving.stop()).toEqual({ code: 0, signal: null });
      expect(Date.now() - startedAt).toBeLessThan(5_000);
      count += await publishing;
    }
    await nats.untilSettled(60_000);
    const counted = await tally(
      nats,
      ledger,
      count,
      `one of two hosts asked to end ${scaled(3)} times, ${ms} ms handlers`,
    );
    expect(counted).toEqual({ published: count, handled: count, duplicated: 0, deadLettered: 0 });
    expect(ledger.begun()).toHaveLength(count);
    expect(linesWith(staying, '"level":"error"')).toEqual([]);
    // None was on its way to a host that no longer took it: that would have cost it a delivery.
    expect(new Set(ledger.begun().map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });
});

const sorted = (all: number[]) => [...all].sort((a, b) => a - b);

/** A host that is started again whenever it dies, as an orchestrator does. */
function supervise(nats: DurableServer, ledger: Ledger, env: Record<string, string>) {
  const ending = new AbortController();
  let deaths = 0;
  let current: Host | undefined;
  const running = (async () => {
    while (!ending.signal.aborted) {
      current = await nats.host(ledger, env, 'spawned');
      if (ending.signal.aborted) await current.stop();
      await current.exited;
      if (!ending.signal.aborted) deaths++;
    }
  })();
  return {
    deaths: () => deaths,
    end: async () => {
      ending.abort();
      await current?.stop();
      await running;
    },
  };
}

/** Until something runs in this host. */
async function untilBusy(host: Host, ledger: Ledger): Promise<void> {
  const [worker] = await workerPids(host);
  await until('the host to be busy', () => ledger.begun().some(({ pid }) => pid === worker));
}
