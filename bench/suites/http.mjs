/** HTTP: what the hop through the host costs, beside the limit, an in-process peer and a bare server. */
import { setTimeout as pause } from 'node:timers/promises';
import { CONTENDERS } from '../contenders/index.mjs';
import { untilAnswered } from '../lib/ask.mjs';
import { atLeast, atMost, below } from '../lib/checks.mjs';
import { contest } from '../lib/contest.mjs';
import { ensurePeer } from '../lib/peer.mjs';
import { memoryOf } from '../lib/process-figures.mjs';
import { median, medianOverRounds } from '../lib/statistics.mjs';
import { rounded } from '../lib/table.mjs';
import { WORKLOADS } from '../lib/workloads.mjs';

const ALL_CONNECTIONS = [1, 32, 256];
const CASES = [
  { workload: WORKLOADS.hello, connections: ALL_CONNECTIONS },
  { workload: WORKLOADS.json1k, connections: ALL_CONNECTIONS },
  { workload: WORKLOADS.json100k, connections: ALL_CONNECTIONS },
  // 256 requests of 1 MB at once take longer than a measurement lasts.
  { workload: WORKLOADS.binary1m, connections: [1, 32] },
  { workload: WORKLOADS.wait, connections: ALL_CONNECTIONS },
];
const IDLE_MS = 2_000;
const IDLE_STARTS = 3;

/** @param {import('../run.mjs').BenchOptions} options */
export async function run(options) {
  await ensurePeer(options.say);
  const idle = await idleMemory(options);
  const results = new Map();
  for (const { workload, connections } of CASES) {
    for (const count of connections) {
      options.say(`${workload.name}, connections: ${count}`);
      results.set(keyOf(workload, count), await contest(CONTENDERS, workload, count, options));
    }
  }
  const tables = [idleTable(idle), ...CASES.map((entry) => tableOf(entry, results))];
  return { tables, checks: checksOf(results, idle), samples: Object.fromEntries(results) };
}

const keyOf = ({ name }, connections) => `${name} @ ${connections}`;

/** Resident memory of each contender's own process, some time after it has begun to serve; MB. */
async function idleMemory({ quick }) {
  const idle = Object.fromEntries(CONTENDERS.map(({ name }) => [name, []]));
  for (let round = 0; round < (quick ? 1 : IDLE_STARTS); round++) {
    for (const { name, start } of CONTENDERS) {
      const contender = await start();
      try {
        await untilAnswered(contender.requestOf(WORKLOADS.hello), contender);
        await pause(IDLE_MS);
        idle[name].push(memoryOf(contender.pid).resident);
      } finally {
        await contender.stop();
      }
    }
  }
  return Object.fromEntries(Object.entries(idle).map(([name, values]) => [name, median(values)]));
}

function idleTable(idle) {
  const rows = Object.entries(idle).map(([name, megabytes]) => [name, rounded(megabytes)]);
  return { title: `Idle, ${IDLE_MS / 1_000} s after the first answer`, columns: ['contender', 'resident, MB'], rows };
}

function tableOf({ workload, connections }, results) {
  const columns = ['contender', 'connections', 'requests/s', 'of direct', 'p50 us', 'p99 us', 'CPU us', 'peak MB'];
  const rows = connections.flatMap((count) => {
    const result = results.get(keyOf(workload, count));
    return Object.entries(result).map(([name, { samples, median, peak }]) => [
      ...[name, count, rounded(median.rate)],
      rounded(medianOverRounds(samples, result.direct.samples, (one, other) => one.rate / other.rate)),
      ...[rounded(median.p50), rounded(median.p99), rounded(median.cpu), rounded(peak)],
    ]);
  });
  return { title: workload.name, columns, rows };
}

function checksOf(results, idle) {
  const compared = (workload, connections, [one, other], compare) => {
    const result = results.get(keyOf(workload, connections));
    return medianOverRounds(result[one].samples, result[other].samples, compare);
  };
  const { hello, json100k, binary1m } = WORKLOADS;
  const rate = (one, other) => one.rate / other.rate;
  const p99 = (one, other) => one.p99 / other.p99;
  const cpu = (one, other) => one.cpu / other.cpu;
  const addedP50 = (one, other) => one.p50 - other.p50;
  const [direct, peer, bare] = ['direct', 'functions-framework', 'bare'].map((other) => ['tributary', other]);
  return [
    atLeast('hello @ 32, requests/s: of functions-framework', compared(hello, 32, peer, rate), 2.2),
    atLeast('hello @ 32, requests/s: of direct', compared(hello, 32, direct, rate), 0.55, '', ' (goal 0.6)'),
    atMost('hello @ 32, host CPU a request: of bare', compared(hello, 32, bare, cpu), 1.15),
    atMost('hello @ 32, p99: of direct', compared(hello, 32, direct, p99), 2.5),
    below('hello @ 32, p99: of functions-framework', compared(hello, 32, peer, p99), 1),
    atLeast('100 kB JSON @ 32, requests/s: of bare', compared(json100k, 32, bare, rate), 0.8),
    atLeast('1 MB binary @ 32, requests/s: of bare', compared(binary1m, 32, bare, rate), 0.8),
    atMost('hello @ 1, p50 over direct', compared(hello, 1, direct, addedP50), 250, ' us'),
    atMost('idle, resident memory of the host', idle.tributary, 130, ' MB'),
  ];
}
