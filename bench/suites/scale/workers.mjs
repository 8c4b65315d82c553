import * as tributary from '../../contenders/tributary.mjs';
import { contest } from '../../lib/contest.mjs';
import { medianOverRounds } from '../../lib/statistics.mjs';
import { rounded } from '../../lib/table.mjs';
import { WORKLOADS } from '../../lib/workloads.mjs';

const CASES = [
  { workload: WORKLOADS.hello, connections: 32 },
  // More workers are for this one.
  { workload: WORKLOADS.compute, connections: 32 },
  // More than the 80 at once that one worker gets.
  { workload: WORKLOADS.wait, connections: 256 },
];

const HOSTS = [1, 2, 4].map((workers) => ({
  name: `${workers}`,
  start: async () => ({
    ...(await tributary.start({ env: { SUB_RUNTIME_WORKERS: `${workers}` } })),
    name: `${workers}`,
  }),
}));

/** Throughput and memory by the number of sub-runtimes. */
export async function measureWorkers(options) {
  const samples = {};
  const rows = [];
  for (const { workload, connections } of CASES) {
    options.say(`workers, ${workload.name}, connections: ${connections}`);
    const result = await contest(HOSTS, workload, connections, options);
    samples[`workers, ${workload.name} @ ${connections}`] = result;
    for (const [name, { samples: taken, median, peak, workersPeak }] of Object.entries(result)) {
      const ratio = medianOverRounds(taken, result[1].samples, (one, other) => one.rate / other.rate);
      const figures = [median.rate, ratio, median.p50, median.p99, peak, workersPeak].map(rounded);
      rows.push([`${workload.name} @ ${connections}`, name, ...figures]);
    }
  }
  const columns = ['work', 'workers', 'requests/s', 'of one', 'p50 us', 'p99 us', 'host peak MB', 'workers peak MB'];
  return { tables: [{ title: 'Workers', columns, rows }], checks: [], samples };
}
