import { describe, expect, it, vi } from 'vitest';
import { numbers, orders, publishSurely, startDurableServer, tally } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { linesWith } from '../support/nats-host.js';
import { faultsOver, scaled } from '../support/soak.js';
import { until } from '../support/start-host.js';

// Each waits for what has to come; on a machine that does much else that takes its time.
vi.setConfig({ testTimeout: 180_000 });

const COUNT = scaled(2_000);
const flowing = () => orders(COUNT, () => ({ do: 'slow', ms: 40 }));

/** nats-server writes down what a consumer has delivered and what was acknowledged some ten times a second. */
const UNWRITTEN_MS = 1_000;
/** Messages that a host has in flight by default. */
const IN_FLIGHT = 40;

/** What a host has settled it settles again when it comes again, so that nothing that it ran runs twice. */
const NOTHING_LOST = { published: COUNT, handled: COUNT, duplicated: 0, deadLettered: 0 };

describe('the NATS server goes and comes back while messages flow', () => {
  it('killed three times: every message is handled, none twice', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    const host = await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '2000' });
    const publishing = publishSurely(nats, ledger, flowing());
    for (const handled of faultsOver(COUNT, 3)) {
      await until(`${handled} to be handled`, () => ledger.ended().length >= handled);
      await nats.server.kill();
      await nats.server.restart();
    }
    await publishing;
    await nats.untilSettled(60_000);
    expect(await tally(nats, ledger, COUNT, `server killed ${scaled(3)} times`)).toEqual(NOTHING_LOST);
    expect(ledger.handled()).toEqual(numbers(COUNT));
    expect(linesWith(host, 'not fetched').length).toBeLessThanOrEqual(scaled(6));
    expect(linesWith(host, '"level":"error"').filter((line) => !line.includes('not fetched'))).toEqual([]);
  });

  it('away for seconds, beyond the ack wait: what was in hand is not run again', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '1000' });
    const publishing = publishSurely(nats, ledger, flowing());
    await until('some to be handled', () => ledger.ended().length >= 300);
    await nats.server.kill();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await nats.server.restart();
    await publishing;
    await nats.untilSettled(60_000);
    expect(await tally(nats, ledger, COUNT, 'server away for 4 s')).toEqual(NOTHING_LOST);
  });

  it('ended and started again in order, twice', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '2000' });
    const publishing = publishSurely(nats, ledger, flowing());
    for (const handled of faultsOver(COUNT, 2)) {
      await until(`${handled} to be handled`, () => ledger.ended().length >= handled);
      await nats.server.restart();
    }
    await publishing;
    await nats.untilSettled(60_000);
    expect(await tally(nats, ledger, COUNT, `server restarted ${scaled(2)} times`)).toEqual(NOTHING_LOST);
  });

  it('killed while two hosts share the consumer: nothing is lost', async () => {
    const nats = await startDurableServer();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '2000' });
    await nats.host(ledger, { TRIGGER_NATS_ACK_WAIT_MS: '2000' });
    const publishing = publishSurely(nats, ledger, flowing());
    let forgotten = 0;
    for (const handled of faultsOver(COUNT, 2)) {
      await until(`${handled} to be handled`, () => ledger.ended().length >= handled);
      await nats.server.kill();
      const since = Date.now() - UNWRITTEN_MS;
      forgotten += ledger.ended().filter(({ at }) => at >= since).length + 2 * IN_FLIGHT;
      await nats.server.restart();
    }
    await publishing;
    await nats.untilSettled(60_000);
    const counted = await tally(nats, ledger, COUNT, `server killed ${scaled(2)} times under two hosts`);
    // Neither host knows what the other one settled: what the server has forgotten by its death may run again.
    expect(counted).toEqual({ ...NOTHING_LOST, duplicated: expect.any(Number) as number });
    expect(counted.duplicated).toBeLessThanOrEqual(forgotten);
  });
});
