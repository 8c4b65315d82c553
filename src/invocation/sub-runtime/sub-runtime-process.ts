import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { type Duplex, Readable } from 'node:stream';
import { monotonicNow } from '../../config/monotonic-clock.js';
import { type LaunchPlan, socketOf } from './launch-plan.js';
import { isGroupAlive, signalProcess } from './process-group.js';

/**
 * Runs a command in a process group of its own and ends the whole group when the pipe on fd 3 closes, however the
 * host died. `read` returns at the end of file, or with the line that a host writes which lives on; what left the group (`setsid`) is found by the socket's path, which is
 * in its environment and nowhere else. Weighed against `setpriv --pdeathsig`, which leaves grandchildren alive. What leaves
 * the group and clears its environment as well is not found.
 */
const LEASH = `(
  PATH=/usr/bin:/bin:$PATH
  read _ && host=lives
  kill -9 $$
  read -r self _ </proc/self/stat
  if [ -n "$SCW_UPSTREAM_SOCKET" ]; then
    for file in $(grep -lF "SCW_UPSTREAM_SOCKET=$SCW_UPSTREAM_SOCKET" /proc/[0-9]*/environ); do
      pid=\${file#/proc/}; pid=\${pid%/environ}
      [ "$pid" = "$self" ] || kill -9 "$pid"
    done
    rm -f "$SCW_UPSTREAM_SOCKET"
    [ -n "$host" ] || rmdir "\${SCW_UPSTREAM_SOCKET%/*}"
  fi
  kill -9 -$$
) <&3 >/dev/null 2>&1 & exec "$@" 3<&-`;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the command could not be started at all. */
  readonly error?: Error;
}

/** One sub-runtime process and all its descendants. */
export interface SubRuntimeProcess {
  readonly pid: number | undefined;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** By the monotonic clock. */
  readonly startedAt: number;
  /** Resolves when the process itself has ended; its descendants may still live. */
  readonly exited: Promise<Exit>;
  /** Asks the process to end. */
  terminate(): void;
  /** Ends the process and all its descendants at once; resolves when none of its group is left. */
  kill(): Promise<void>;
}

/**
 * Starts worker k. Needs nothing but Node's own modules: this runs before the application is loaded. Never throws: what
 * cannot be started has `exited` with an `error`.
 */
export function startSubRuntimeProcess(plan: LaunchPlan, worker: number): SubRuntimeProcess {
  const socketPath = socketOf(plan, worker);
  const port = plan.basePort + worker;
  const startedAt = monotonicNow();
  const place = { host: plan.host, port, socketPath, startedAt };
  try {
    if (socketPath) rmSync(socketPath, { force: true });
    return { ...place, ...supervised(spawnOnLeash(plan, port, socketPath)) };
  } catch (error) {
    return { ...place, ...stillborn(error instanceof Error ? error : new Error(String(error))) };
  }
}

function spawnOnLeash(plan: LaunchPlan, port: number, socketPath: string | undefined): ChildProcess {
  return spawn('/bin/sh', ['-c', LEASH, 'leash', ...plan.command], {
    detached: true,
    // Standard input stays open, as in the original: what reads it to learn that its parent ended must not end at once.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...plan.environment, SCW_UPSTREAM_PORT: String(port), SCW_UPSTREAM_SOCKET: socketPath },
  });
}

type Life = Pick<SubRuntimeProcess, 'pid' | 'stdout' | 'stderr' | 'exited' | 'terminate' | 'kill'>;

function supervised(child: ChildProcess): Life {
  let ended = false;
  const exited = exitOf(child);
  void exited.then(() => (ended = true));
  // Without descriptors left, Node gives neither pipes nor a pid, and says so by an event.
  const leash = child.stdio?.[3] as Duplex | undefined;
  for (const pipe of [leash, child.stdin]) pipe?.on('error', () => undefined);
  // Only the leash holds its other end: without a leash nothing would end the group with the host.
  leash?.on('close', () => void kill()).resume();
  const signalChild = (name: NodeJS.Signals) => {
    if (!ended && child.pid !== undefined) signalProcess(child.pid, name);
  };
  const kill = async () => {
    signalChild('SIGKILL');
    // Else it would take the folder of the sockets along, which the next one needs.
    if (leash?.writable) leash.write('\n');
    leash?.destroy();
    if (child.pid !== undefined) await groupGone(child.pid);
    await exited;
  };
  return {
    pid: child.pid,
    stdout: child.stdout ?? Readable.from([]),
    stderr: child.stderr ?? Readable.from([]),
    exited,
    terminate: () => signalChild('SIGTERM'),
    kill,
  };
}

function stillborn(error: Error): Life {
  return {
    pid: undefined,
    stdout: Readable.from([]),
    stderr: Readable.from([]),
    exited: Promise.resolve({ code: null, signal: null, error }),
    terminate: () => undefined,
    kill: () => Promise.resolve(),
  };
}

/** Removes the private folder of the sockets once no worker is left. */
export function removeSocketFolder(plan: LaunchPlan): void {
  if (plan.socketFolder) rmSync(plan.socketFolder, { recursive: true, force: true });
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Time for the leash to end the group before it is done from here. */
const LEASH_MS = 500;
/** A process that survives SIGKILL for this long hangs in the kernel; nothing more can be done about it. */
const GIVE_UP_MS = 5_000;
const POLL_MS = 5;

async function groupGone(group: number): Promise<void> {
  const began = monotonicNow();
  while (isGroupAlive(group) && monotonicNow() < began + GIVE_UP_MS) {
    if (monotonicNow() > began + LEASH_MS) signalProcess(-group, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
