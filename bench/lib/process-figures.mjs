import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const US_PER_TICK = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Microseconds of CPU that a process has used so far, all its threads, in user and system mode. */
export function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in parentheses and may hold anything; behind it come the fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [fields[11], fields[12]].map(Number);
  return (userTicks + systemTicks) * US_PER_TICK;
}

/** Resident memory of a process, MB: now, and at its highest. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name) => (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1_000_000;
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
