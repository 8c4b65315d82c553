import { ensureTools, toolPath } from '../../../scripts/tools.mjs';
import * as tributary from '../../contenders/tributary.mjs';
import { endIfInterrupted } from '../../lib/clean-up.mjs';
import { drainRate } from '../../lib/drain-rate.mjs';
import { startNatsCluster } from '../../lib/nats-cluster.mjs';
import { cpuOf } from '../../lib/process-figures.mjs';
import { medianOverRounds, medians } from '../../lib/statistics.mjs';
import { openStream } from '../../lib/stream.mjs';
import { rounded } from '../../lib/table.mjs';

const APPLICATION = 'bench';
const DURABLE = `${APPLICATION}-nats`;
const REPLICAS = [1, 3];
const MESSAGES = 10_000;
const QUICK_MESSAGES = 2_000;

/** A stream on one server of a cluster of three, and on all of them. */
export async function measureStreams({ rounds, quick, say }) {
  const [problem] = await ensureTools(['nats-server'], say);
  if (problem) throw new Error(problem);
  const cluster = await startNatsCluster(toolPath('nats-server'));
  const forget = endIfInterrupted(cluster.stop);
  const streams = [];
  try {
    for (const replicas of REPLICAS) streams.push(await openStream(cluster.url, `ON${replicas}`, replicas));
    const samples = Object.fromEntries(REPLICAS.map((replicas) => [replicas, []]));
    for (let round = 1; round <= rounds; round++) {
      say(`streams, round ${round} of ${rounds}`);
      for (const [index, replicas] of REPLICAS.entries()) {
        samples[replicas].push(
          await throughStream(cluster, streams[index], replicas, quick ? QUICK_MESSAGES : MESSAGES),
        );
      }
    }
    return { table: tableOf(samples), samples: { streams: samples } };
  } finally {
    for (const stream of streams) await stream.close();
    await cluster.stop();
    forget();
  }
}

async function throughStream({ url, servers }, stream, replicas, count) {
  const serversCpu = () => servers.reduce((sum, { pid }) => sum + cpuOf(pid), 0);
  const before = serversCpu();
  const begin = performance.now();
  await stream.publish(count);
  const published = (count / (performance.now() - begin)) * 1_000;
  const host = await tributary.start({
    env: {
      SCW_APPLICATION_NAME: APPLICATION,
      TRIGGER_NATS_URL: url,
      TRIGGER_NATS_SUBJECT: stream.subject,
      TRIGGER_NATS_STREAM: stream.name,
      TRIGGER_NATS_REPLICAS: `${replicas}`,
    },
  });
  try {
    const { rate, cpu } = await drainRate(stream, DURABLE, count, host);
    return { published, rate, cpu, serversCpu: (serversCpu() - before) / count };
  } finally {
    await host.stop();
  }
}

function tableOf(samples) {
  const rows = REPLICAS.map((replicas) => {
    const { published, rate, cpu, serversCpu } = medians(samples[replicas]);
    const ratio = medianOverRounds(samples[replicas], samples[1], (one, other) => one.rate / other.rate);
    return [replicas, ...[published, rate, ratio, cpu, serversCpu].map(rounded)];
  });
  return {
    title: 'A stream on one server, or on three of a cluster',
    columns: ['servers', 'stored/s', 'acked through to the function/s', 'of one', 'host CPU us', 'servers CPU us'],
    rows,
  };
}
