import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * The pids of a process group's members, by `/proc`. Zombies are none: where nobody reaps them, as in a container without an
 * init, they stay for ever.
 */
export function membersOf(group: number): string[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      // The command, second and in parentheses, may contain anything; behind it come state, parent and group.
      const stat = read(`/proc/${pid}/stat`);
      const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return itsGroup === String(group) && state !== 'Z';
    });
}

/** Whether anyone of a group is alive. */
export function isGroupAlive(group: number): boolean {
  if (!signalProcess(-group, 0)) return false;
  return !existsSync('/proc/self/stat') || membersOf(group).length > 0;
}

/** Whether there was anyone to signal. */
export function signalProcess(target: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch {
    return false;
  }
}

export function read(file: string): string {
  return quietly(() => readFileSync(file, 'latin1'), '');
}

export function list(folder: string): string[] {
  return quietly(() => readdirSync(folder), []);
}

/** Processes come and go while `/proc` is read. */
export function quietly<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}
