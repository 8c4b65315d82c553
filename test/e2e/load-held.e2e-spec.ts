import { afterEach, describe, expect, it } from 'vitest';
import { brokenClient } from '../support/load/broken-clients.js';
import { goodClient } from '../support/load/good-client.js';
import { hostileClient, unreadClient } from '../support/load/hostile-clients.js';
import { type Load, pause, runClients, Seen } from '../support/load/load.js';
import { medianOf, peakOf, sampleOf, watch } from '../support/load/process-watch.js';
import { slowClient } from '../support/load/slow-clients.js';
import { report, scaled } from '../support/soak.js';
import { type Host, startHost, until, workerPids } from '../support/start-host.js';

const SECONDS = scaled(12);
/** Every 10 s where there is time for it. */
const CRASH_SECONDS = Math.min(10, SECONDS / 4);
const CONNECTIONS = 256;

let host: Host | undefined;
afterEach(async () => {
  await host?.stop('SIGKILL');
});

/** By SIGKILL from outside, and by the function's own doing, in turns; resolves with how often. */
async function crashUntil(target: Host, over: AbortSignal): Promise<number> {
  for (let crashes = 0; ; crashes++) {
    await Promise.race([pause(CRASH_SECONDS * 1_000), aborted(over)]);
    if (over.aborted) return crashes;
    if (crashes % 2) await fetch(`${target.url}/exit`).catch(() => undefined);
    else for (const pid of await workerPids(target)) process.kill(pid, 'SIGKILL');
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe(`${CONNECTIONS} connections of good, slow, broken and hostile clients, and a sub-runtime that crashes`, () => {
  it(
    'good clients see only what the contract allows, and memory and descriptors stay bounded',
    { timeout: (SECONDS + 120) * 1_000 },
    async () => {
      host = await startHost({ env: { TRIGGER_HTTP_HEADERS_TIMEOUT_MS: '2000', LOG_LEVEL: 'error' } });
      const before = sampleOf(host.pid);
      const over = AbortSignal.timeout(SECONDS * 1_000);
      const load: Load = { port: host.port, over, seen: new Seen() };
      const watching = watch(host.pid);
      const [crashes] = await Promise.all([
        crashUntil(host, over),
        runClients(load, [
          [goodClient, 152],
          [slowClient, 36],
          [brokenClient, 32],
          [hostileClient, 32],
          [unreadClient, 4],
        ]),
      ]);
      watching.stop();

      const { seen } = load;
      const later = watching.samples.slice(Math.floor(watching.samples.length / 2));
      report(`load: ${SECONDS} s, ${CONNECTIONS} connections`, {
        crashes,
        good: seen.of('good', 200),
        'good, 502': seen.of('good', 502),
        'good, 503': seen.of('good', 503),
        hostile: seen.all('hostile'),
        broken: seen.all('broken'),
        wrong: seen.wrong.length,
        'peak MB': peakOf(watching.samples, 'megabytes'),
        'peak descriptors': peakOf(watching.samples, 'descriptors'),
      });
      expect(seen.wrong).toEqual([]);
      expect(crashes).toBeGreaterThanOrEqual(2);
      expect(seen.of('good', 200)).toBeGreaterThan(CONNECTIONS);
      for (const kind of ['waitsForTheFunction', 'uploadsSlowly', 'readsSlowly'])
        expect(seen.of(kind, 200)).toBeGreaterThan(0);

      expect(peakOf(watching.samples, 'descriptors')).toBeLessThan(before.descriptors + 2 * CONNECTIONS);
      expect(peakOf(watching.samples, 'megabytes')).toBeLessThan(600);
      if (SECONDS > 60) {
        const grown =
          medianOf(later.slice(later.length / 2), 'megabytes') -
          medianOf(later.slice(0, later.length / 2), 'megabytes');
        expect(grown).toBeLessThan(40);
      }
      await until(
        'the connections of the load to be forgotten',
        () => sampleOf(host!.pid).descriptors <= before.descriptors + 20,
      );
      expect((await fetch(host.url)).status).toBe(200);
      expect(host.logs().filter(({ msg }) => String(msg).includes('please report'))).toEqual([]);
      expect(await host.stop()).toEqual({ code: 0, signal: null });
    },
  );
});
