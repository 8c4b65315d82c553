import { setTimeout as pause } from 'node:timers/promises';
import { cpuOf } from './process-figures.mjs';

const POLL_MS = 10;
const PATIENCE_MS = 120_000;
/** The first part of the messages warms the process up. */
const MEASURED_PART = 0.75;

/**
 * Waits until a consumer that has `count` messages before it has acknowledged all of them, and resolves with its rate over the last three
 * quarters, to the last ack, and the CPU of its processes for each message, microseconds.
 *
 * @param {Awaited<ReturnType<typeof import('./stream.mjs').openStream>>} stream
 * @param {string} durable
 * @param {number} count
 * @param {import('./processes.mjs').BenchProcess[]} processes Those that share the consumer.
 */
export async function drainRate(stream, durable, count, ...processes) {
  const failed = Promise.race(processes.map((process) => process.failed));
  const cpu = () => processes.reduce((sum, { pid }) => sum + cpuOf(pid), 0);
  let start;
  for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await pause(POLL_MS)) {
    const unsettled = (await Promise.race([stream.unsettled(durable), failed])) ?? count;
    const now = { at: performance.now(), cpu: cpu(), unsettled };
    if (unsettled <= count * MEASURED_PART) start ??= now;
    if (unsettled === 0) return figuresOf(start, now);
  }
  throw new Error(`${durable} did not settle ${count} messages within ${PATIENCE_MS / 1_000} s`);
}

function figuresOf(start, end) {
  // All of it between two looks: too few messages for a figure.
  if (start === end) throw new Error('the messages were settled before their rate could be measured');
  const messages = start.unsettled - end.unsettled;
  return { rate: (messages / (end.at - start.at)) * 1_000, cpu: (end.cpu - start.cpu) / messages };
}
