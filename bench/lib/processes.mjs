import { closeSync, openSync, readFileSync } from 'node:fs';
import { startOnLeash } from '../../scripts/lib/leash.mjs';
import { endIfInterrupted } from './clean-up.mjs';
import { scratch } from './scratch.mjs';

/** A process that does not end by itself after SIGTERM is killed. */
const GRACE_MS = 10_000;

let count = 0;

/** Nothing else of this shell's variables reaches a contender; what it leaves in its temporary folder goes with ours. */
const BASE_ENV = { PATH: process.env.PATH, NODE_ENV: 'production', TMPDIR: scratch() };

/**
 * @typedef {object} BenchProcess
 * @property {number} pid
 * @property {number} spawnedAt As `performance.now()` has it.
 * @property {Promise<never>} failed Rejects when it ends without having been asked to; the message has what it printed.
 * @property {() => Promise<void>} stop SIGTERM, and resolves when it has ended.
 */

/**
 * Starts a process in a group of its own that cannot outlive this process. Its output is thrown away, what it says on stderr
 * is kept for the case that it fails.
 *
 * @param {string[]} commandLine
 * @param {Record<string, string>} [env]
 * @returns {BenchProcess}
 */
export function startProcess(commandLine, env = {}) {
  const errorsFile = scratch(`${++count}.err`);
  const errors = openSync(errorsFile, 'w');
  const spawnedAt = performance.now();
  const { child, ended } = startOnLeash(commandLine, { env: { ...BASE_ENV, ...env }, output: 'ignore', errors });
  closeSync(errors);
  let stopping = false;
  const failed = ended.then(({ reason }) => {
    if (stopping) return new Promise(() => undefined);
    throw new Error(`${commandLine.join(' ')} ended: ${reason}\n${readFileSync(errorsFile, 'utf8')}`);
  });
  // Whoever waits for it to be ready is told; later, its requests fail.
  failed.catch(() => undefined);
  const stop = async () => {
    stopping = true;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(timer);
  };
  void ended.then(endIfInterrupted(stop));
  return { pid: child.pid, spawnedAt, failed, stop };
}

/** Stops all, in the order that is the reverse of their start. */
export async function stopAll(processes) {
  for (const { stop } of processes.toReversed()) await stop();
}
