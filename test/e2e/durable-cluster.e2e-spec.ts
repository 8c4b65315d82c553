import type { StreamInfo } from '@nats-io/jetstream';
import { describe, expect, it, vi } from 'vitest';
import { durableStreamOn, numbers, orders, publishSurely, STREAM, tally } from '../support/durable-host.js';
import type { DurableStream } from '../support/durable-host.js';
import { newLedger } from '../support/ledger.js';
import { cutOff, nameOfServer, resume, startNatsCluster } from '../support/nats-cluster.js';
import { scaled } from '../support/soak.js';
import { until } from '../support/start-host.js';

// Elections take seconds, and a machine that does much else takes its time.
vi.setConfig({ testTimeout: 180_000 });

const COUNT = scaled(1_500);
const PATIENCE_MS = 60_000;
const flowing = () => orders(COUNT, () => ({ do: 'slow', ms: 40 }));
const NOTHING_LOST = { published: COUNT, handled: COUNT, duplicated: 0, deadLettered: 0 };

/** Three servers, and the stream on all of them. */
async function startReplicated() {
  const cluster = await startNatsCluster(3);
  const nats = await until('the cluster to take a stream', () =>
    durableStreamOn(cluster.url, { num_replicas: 3 }).catch(() => undefined),
  );
  await untilReplicated(nats);
  return { cluster, nats };
}

function streamInfo(nats: DurableStream): Promise<StreamInfo | undefined> {
  return nats.manager.streams.info(STREAM).catch(() => undefined);
}

/** Resolves when a leader has followers that have all that it has. */
function untilReplicated(nats: DurableStream): Promise<true> {
  const isReplicated = async () => {
    const { leader, replicas } = (await streamInfo(nats))?.cluster ?? {};
    return leader && replicas?.length === 2 && replicas.every(({ current, offline }) => current && !offline);
  };
  return until('all servers to have the stream', async () => ((await isReplicated()) ? true : undefined), PATIENCE_MS);
}

describe('a cluster of three servers, and a stream on all of them', () => {
  it('each server is killed in turn: every message is handled, none twice', async () => {
    const { cluster, nats } = await startReplicated();
    const ledger = newLedger();
    await nats.host(ledger, { TRIGGER_NATS_REPLICAS: '3', TRIGGER_NATS_ACK_WAIT_MS: '2000' });
    const publishing = publishSurely(nats, ledger, flowing());
    for (const [index, server] of cluster.servers.entries()) {
      const handled = ((index + 1) * COUNT) / (cluster.servers.length + 1);
      await until(`${handled} to be handled`, () => ledger.ended().length >= handled, PATIENCE_MS);
      await server.kill();
      await until('another to lead', async () => isLedByOther(await streamInfo(nats), index), PATIENCE_MS);
      await server.restart();
      await untilReplicated(nats);
    }
    await publishing;
    await nats.untilSettled(PATIENCE_MS);
    expect(await tally(nats, ledger, COUNT, 'each of three servers killed')).toEqual(NOTHING_LOST);
    expect(ledger.handled()).toEqual(numbers(COUNT));
  });

  it('a partition leaves the host with the minority: it answers HTTP, stores nothing, and loses nothing', async () => {
    const { cluster, nats } = await startReplicated();
    const ledger = newLedger();
    const [nearest, ...others] = cluster.servers;
    const host = await nats.host(ledger, {
      TRIGGER_NATS_URL: nearest!.url,
      TRIGGER_NATS_REPLICAS: '3',
      TRIGGER_HTTP_ASYNC: 'true',
    });
    const publishing = publishSurely(nats, ledger, flowing());
    await until('some to be handled', () => ledger.ended().length >= COUNT / 3, PATIENCE_MS);
    for (const server of others) cutOff(server);

    const queued = await fetch(host.url, { method: 'POST', headers: { prefer: 'respond-async' }, body: '{}' });
    expect([queued.status, await queued.text()]).toEqual([503, 'The request could not be queued.']);
    expect((await fetch(host.url, { method: 'POST', body: '{}' })).status).toBe(200);

    for (const server of others) resume(server);
    await untilReplicated(nats);
    await publishing;
    await nats.untilSettled(PATIENCE_MS);
    const counted = await tally(nats, ledger, COUNT, 'host cut off with a minority');
    expect(counted).toMatchObject({ published: COUNT, deadLettered: 0, duplicated: 0 });
    expect(ledger.handled()).toEqual(numbers(COUNT));
  });
});

function isLedByOther(info: StreamInfo | undefined, than: number): true | undefined {
  const leader = info?.cluster?.leader;
  return leader && leader !== nameOfServer(than) ? true : undefined;
}
