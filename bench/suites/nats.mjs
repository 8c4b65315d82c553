/** NATS: messages through to the function, over core and JetStream, beside direct calls and clients without a function. */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { ensureTools, toolPath } from '../../scripts/tools.mjs';
import * as direct from '../contenders/direct.mjs';
import * as tributary from '../contenders/tributary.mjs';
import { untilAnswered } from '../lib/ask.mjs';
import { atLeast } from '../lib/checks.mjs';
import { endIfInterrupted } from '../lib/clean-up.mjs';
import { drainRate } from '../lib/drain-rate.mjs';
import { outputOf } from '../lib/output-of.mjs';
import { cpuOf } from '../lib/process-figures.mjs';
import { startProcess, stopAll } from '../lib/processes.mjs';
import { medianOverRounds, medians } from '../lib/statistics.mjs';
import { openStream } from '../lib/stream.mjs';
import { rounded } from '../lib/table.mjs';
import { WORKLOADS } from '../lib/workloads.mjs';

const IN_FLIGHT = 32;
const MESSAGES = 20_000;
const QUICK_MESSAGES = 4_000;

const CORE_SUBJECT = 'core.function';
const BARE_SUBJECT = 'core.bare';
const STREAM = 'BENCH';
const APPLICATION = 'bench';
/** The name that the host gives it. */
const HOST_DURABLE = `${APPLICATION}-nats`;
const BARE_DURABLE = 'bare';

const DIRECT = 'direct HTTP';
const JETSTREAM = 'JetStream, acked through to the function';

const client = (name, ...args) => [process.execPath, inProject(`bench/clients/${name}.mjs`), ...args.map(String)];

/** @param {import('../run.mjs').BenchOptions} options */
export async function run(options) {
  const [problem] = await ensureTools(['nats-server'], options.say);
  if (problem) throw new Error(problem);
  // Not before it is built.
  const { startNatsServer } = await import('../../dist/esm/cli/dev/own-nats-server.js');
  const server = await startNatsServer(toolPath('nats-server'), await freePort());
  const forget = endIfInterrupted(server.stop);
  const stream = await openStream(server.url, STREAM);
  try {
    const count = options.quick ? QUICK_MESSAGES : MESSAGES;
    const samples = await measure(server.url, stream, count, options);
    const ratio = medianOverRounds(samples[JETSTREAM], samples[DIRECT], (one, other) => one.rate / other.rate);
    return {
      tables: [tableOf(samples, count)],
      checks: [atLeast('JetStream, acked through to the function: of direct HTTP', ratio, 0.5)],
      samples,
    };
  } finally {
    await stream.close();
    await server.stop();
    forget();
  }
}

/** Each way in turn in every round; those that serve run all the time, a consumer only while it is measured. */
async function measure(url, stream, count, { rounds, seconds, load, say }) {
  const running = [];
  const keep = (started) => {
    running.push(started);
    return started;
  };
  try {
    const limit = keep(await direct.start());
    const host = keep(await tributary.start({ env: hostEnv(url, { TRIGGER_NATS_SUBJECT: CORE_SUBJECT }) }));
    const responder = keep(startProcess(client('nats-responder', url, BARE_SUBJECT)));
    for (const contender of [limit, host]) {
      await untilAnswered(contender.requestOf(WORKLOADS.hello), contender);
    }
    await stream.addConsumer(BARE_DURABLE);
    const limitRequest = limit.requestOf(WORKLOADS.hello);
    const hostRequest = host.requestOf(WORKLOADS.hello);
    const serve = { connections: IN_FLIGHT, seconds };
    const ways = {
      [DIRECT]: () => withCpu(limit, () => load(limitRequest, serve)),
      'HTTP through the host': () => withCpu(host, () => load(hostRequest, serve)),
      'core request and reply through to the function': () => withCpu(host, () => request(url, CORE_SUBJECT, seconds)),
      'core request and reply, a bare responder': () => withCpu(responder, () => request(url, BARE_SUBJECT, seconds)),
      [JETSTREAM]: () => drainByHost(url, stream, count),
      'JetStream, acked by a bare consumer': () => drainByBareConsumer(url, stream, count),
    };
    return await inTurns(ways, rounds, () => stream.publish(count), say);
  } finally {
    await stopAll(running);
  }
}

/** The first round only warms up. */
async function inTurns(ways, rounds, fill, say) {
  const samples = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    await fill();
    for (const [way, measureOnce] of Object.entries(ways)) {
      const sample = await measureOnce();
      if (round > 0) samples[way].push(sample);
    }
  }
  return samples;
}

async function withCpu({ pid }, measureOnce) {
  const before = cpuOf(pid);
  const { requests, rate, p50, p99 } = await measureOnce();
  return { rate, p50, p99, cpu: (cpuOf(pid) - before) / requests };
}

const request = async (url, subject, seconds) =>
  JSON.parse(await outputOf(client('nats-requester', url, subject, IN_FLIGHT, seconds)));

async function drainByHost(url, stream, count) {
  const env = hostEnv(url, { TRIGGER_NATS_SUBJECT: stream.subject, TRIGGER_NATS_STREAM: stream.name });
  const host = await tributary.start({ env });
  try {
    const figures = await drainRate(stream, HOST_DURABLE, count, host);
    const letters = await stream.deadLetters();
    if (letters > 0) throw new Error(`${letters} messages became dead letters`);
    return figures;
  } finally {
    await host.stop();
  }
}

async function drainByBareConsumer(url, stream, count) {
  const consumer = startProcess(client('nats-consumer', url, stream.name, BARE_DURABLE));
  try {
    return await drainRate(stream, BARE_DURABLE, count, consumer);
  } finally {
    await consumer.stop();
  }
}

const hostEnv = (url, env) => ({ SCW_APPLICATION_NAME: APPLICATION, TRIGGER_NATS_URL: url, ...env });

function tableOf(samples, count) {
  const rows = Object.entries(samples).map(([way, taken]) => {
    const { rate, p50, p99, cpu } = medians(taken);
    const ratio = medianOverRounds(taken, samples[DIRECT], (one, other) => one.rate / other.rate);
    return [way, ...[rate, ratio, p50, p99, cpu].map(rounded)];
  });
  const columns = ['way', 'messages/s', 'of direct HTTP', 'p50 us', 'p99 us', 'CPU us'];
  return { title: `NATS, ${IN_FLIGHT} requests in flight, or ${count} stored messages`, columns, rows };
}
