import { freePort } from '../../../scripts/lib/free-port.mjs';
import { startNatsServer } from '../../../scripts/lib/nats-server.mjs';
import { ensureTools, toolPath } from '../../../scripts/tools.mjs';
import * as tributary from '../../contenders/tributary.mjs';
import { endIfInterrupted } from '../../lib/clean-up.mjs';
import { drainRate } from '../../lib/drain-rate.mjs';
import { stopAll } from '../../lib/processes.mjs';
import { medianOverRounds, medians } from '../../lib/statistics.mjs';
import { openStream } from '../../lib/stream.mjs';
import { rounded } from '../../lib/table.mjs';

const STREAM = 'CALLS';
const APPLICATION = 'bench';
/** The name that the hosts give it. */
const DURABLE = `${APPLICATION}-nats`;
const REPLICAS = [1, 2, 4];
/** Some eight seconds for each replica, at 40 in flight and 50 ms. */
const MESSAGES = 6_000;
const QUICK_MESSAGES = 400;

/** Messages a second by the number of hosts, of a handler that waits: more than two cores would be needed for one that computes. */
export async function measureHosts({ rounds, quick, say }) {
  const [problem] = await ensureTools(['nats-server'], say);
  if (problem) throw new Error(problem);
  const server = await startNatsServer(toolPath('nats-server'), await freePort());
  const forget = endIfInterrupted(server.stop);
  const stream = await openStream(server.url, STREAM);
  try {
    const samples = Object.fromEntries(REPLICAS.map((replicas) => [replicas, []]));
    for (let round = 1; round <= rounds; round++) {
      say(`hosts, round ${round} of ${rounds}`);
      for (const replicas of REPLICAS) {
        samples[replicas].push(
          await drain(server.url, stream, replicas, replicas * (quick ? QUICK_MESSAGES : MESSAGES)),
        );
      }
    }
    return { table: tableOf(samples), samples: { hosts: samples } };
  } finally {
    await stream.close();
    await server.stop();
    forget();
  }
}

async function drain(url, stream, replicas, count) {
  const env = {
    SCW_APPLICATION_NAME: APPLICATION,
    TRIGGER_NATS_URL: url,
    TRIGGER_NATS_SUBJECT: stream.subject,
    TRIGGER_NATS_STREAM: stream.name,
    TRIGGER_NATS_HANDLER: 'handleByCall',
  };
  await stream.publish(count);
  const hosts = await Promise.all(Array.from({ length: replicas }, () => tributary.start({ env })));
  try {
    return await drainRate(stream, DURABLE, count, ...hosts);
  } finally {
    await stopAll(hosts);
  }
}

function tableOf(samples) {
  const rows = REPLICAS.map((replicas) => {
    const { rate, cpu } = medians(samples[replicas]);
    const ratio = medianOverRounds(samples[replicas], samples[1], (one, other) => one.rate / other.rate);
    return [replicas, ...[rate, ratio, cpu].map(rounded)];
  });
  return {
    title: 'Hosts that share a consumer, a handler that waits for 50 ms',
    columns: ['hosts', 'messages/s', 'of one', 'CPU us'],
    rows,
  };
}
