import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { startOnLeash } from '../../scripts/lib/leash.mjs';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Processes and mounts of their own, which end with the first process, however this one ends. */
export interface Namespaces {
  /** What the first process wrote so far. */
  output(): string;
  /** Whether the first process has ended. */
  ended(): boolean;
  /** Runs lines of the shell there, with no variables but these. */
  run(lines: string, env?: Readonly<Record<string, string>>): Promise<Ran>;
  stop(): Promise<void>;
}

/** Namespaces of processes and mounts, both of which it takes root to make. */
const FLAGS = ['--mount', '--pid', '--ipc', '--uts', '--cgroup'];

/** Whether this user may have them, and in them a tree of control groups and a network of its own. */
export function canHaveNamespaces(): boolean {
  const probe =
    'mount --make-rprivate / && umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup /sys/fs/cgroup && ip link set lo up';
  const may = spawnSync('unshare', [...FLAGS, '--net', '--fork', 'sh', '-c', probe]).status === 0;
  if (may) return true;
  const problem = 'it takes root, ip and mount, and, in a container, --privileged: namespaces of its own';
  if (process.env['CI']) throw new Error(problem);
  console.warn(`Skipped, since ${problem}`);
  return false;
}

/**
 * @param boot Lines of the shell that the first process runs; they end with what stays.
 * @param net Whether it has a network of its own: loopback, and nothing else.
 */
export function startNamespaces(
  boot: string,
  args: readonly string[],
  { net, env = {} }: { net: boolean; env?: Readonly<Record<string, string>> },
): Namespaces {
  const flags = net ? [...FLAGS, '--net'] : FLAGS;
  const command = ['unshare', ...flags, '--fork', '--kill-child', 'sh', '-c', boot, 'boot', ...args];
  const { child, ended } = startOnLeash(command, { env: { ...env, PATH: process.env['PATH'] }, output: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    run: (lines, variables = {}) => runIn(firstOf(child), lines, flags, variables),
    stop: async () => {
      // SIGTERM is blocked in it.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The number, outside, of the process that is the first inside; `undefined` while there is none. */
function firstOf({ pid }: ChildProcess): string | undefined {
  try {
    // The leash was there before it.
    const [, first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first;
  } catch {
    return undefined;
  }
}

async function runIn(
  first: string | undefined,
  lines: string,
  flags: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Ran> {
  if (first === undefined) return { code: null, stdout: '', stderr: 'there is no first process' };
  const child = spawn('nsenter', ['--target', first, ...flags, '--root', '--wd', 'sh', '-c', lines], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/root', ...variables },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
