import { expect, it } from 'vitest';
import { letterOf, numbers, orders, startDurableServer, tally } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { until } from '../support/start-host.js';

/** The host waits ten seconds for a sign of life after a timeout, twice here. */
it('section 7: a handler that blocks the process is given up; what timed out beside it runs once that was killed', async () => {
  const nats = await startDurableServer();
  const ledger = newLedger();
  await nats.publish(orders(60, (n) => (n === 5 ? { do: 'block' } : { do: 'slow', ms: 20 })));
  await nats.host(ledger, {
    TRIGGER_NATS_MAX_DELIVER: '2',
    INVOCATION_TIMEOUT_MS: '11000',
    SHUTDOWN_GRACE_MS: '2000',
  });
  await until('a letter', async () => (await nats.letters()).length > 0 || undefined, 90_000);
  await nats.untilSettled(60_000);
  const letters = await nats.letters();
  await tally(nats, ledger, 60, 'a handler that blocks the process');
  expect(letters.map((letter) => letterOf(letter)['Sequence'])).toEqual(['5']);
  expect(letterOf(letters[0]!)).toMatchObject({ 'Last-Outcome': 'timed-out', Deliveries: '2' });
  expect(ledger.handled()).toEqual(numbers(60).filter((n) => n !== 5));
}, 150_000);
