import { readdirSync, readFileSync } from 'node:fs';
import { until } from './start-host.js';

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const stat = ofProcess(pid, 'stat');
  return stat !== '' && !/\) Z /.test(stat);
}

/** The pids of a process's children. */
export function childrenOf(pid: number): string[] {
  return ofProcess(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean);
}

/** The pids of all that a process has started, and what those have. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [Number(child), ...descendantsOf(Number(child))]);
}

/** SIGSTOP, and resolves when every thread of the process has stopped: they go on for a moment after the signal. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${pid}/task`;
  const isStopped = (task: string) => /\) T /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
  await until('all threads to stop', () => readdirSync(tasks).every(isStopped));
}

/** The pids of the processes of this machine that have a variable in their environment. */
export function processesWith(variable: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(variable))
    .map(Number)
    .filter(isAlive);
}

function environmentOf(pid: string): string[] {
  return ofProcess(pid, 'environ').split('\0');
}

/** Empty where it has ended, or is someone else's. */
function ofProcess(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
