import { ask, untilAnswered } from './ask.mjs';
import { cpuOf, memoryOf } from './process-figures.mjs';
import { stopAll } from './processes.mjs';
import { medians } from './statistics.mjs';

/**
 * Measures contenders with one workload, each in turn in every round, so that what disturbs the machine meets all of them. All are
 * processes that have just been started and warmed up.
 *
 * @param {{ name: string, start: () => Promise<import('../contenders/index.mjs').Contender> }[]} contenders
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} connections
 * @param {{ rounds: number, seconds: number, load: import('./load.mjs').Load }} options
 * @returns {Promise<Record<string, { samples: Sample[], median: Sample, peak: number, workersPeak?: number }>>} By the name of the
 *   contender. Latencies and CPU for each request are microseconds, the peaks of memory MB.
 * @typedef {{ rate: number, p50: number, p99: number, cpu: number }} Sample
 */
export async function contest(contenders, workload, connections, { rounds, seconds, load }) {
  const started = [];
  try {
    for (const { start } of contenders) started.push(await ready(await start(), workload));
    const measure = (entrant) => measureOnce(entrant, { connections, seconds, load });
    for (const entrant of started) await measure(entrant);
    for (let round = 0; round < rounds; round++) {
      for (const entrant of started) entrant.samples.push(await measure(entrant));
    }
    const results = {};
    for (const { contender, samples } of started) {
      results[contender.name] = { samples, median: medians(samples), ...(await peaksOf(contender)) };
    }
    return results;
  } finally {
    await stopAll(started.map(({ contender }) => contender));
  }
}

/** Serves, and does what it should: a figure of wrong answers is none. */
async function ready(contender, workload) {
  const request = contender.requestOf(workload);
  try {
    await untilAnswered(request, contender);
    const { text } = await ask(request);
    const answer = contender.answerOf(text);
    if (answer !== workload.answer) throw new Error(`${contender.name} answers ${answer}, not ${workload.answer}`);
  } catch (error) {
    await contender.stop();
    throw error;
  }
  return { contender, request, samples: [] };
}

async function measureOnce({ contender, request }, { connections, seconds, load }) {
  const before = cpuOf(contender.pid);
  const { requests, rate, p50, p99 } = await load(request, { connections, seconds });
  return { rate, p50, p99, cpu: (cpuOf(contender.pid) - before) / requests };
}

/** Of its own process, and of its sub-runtimes together. */
async function peaksOf({ pid, workerPids }) {
  const { peak } = memoryOf(pid);
  if (!workerPids) return { peak };
  const peaks = (await workerPids()).map((worker) => memoryOf(worker).peak);
  return { peak, workersPeak: peaks.reduce((sum, one) => sum + one, 0) };
}
