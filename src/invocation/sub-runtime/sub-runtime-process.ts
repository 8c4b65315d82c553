import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type LaunchPlan, socketOf } from './launch-plan.js';
import { isGroupAlive, signalProcess } from './process-group.js';

/**
 * Runs a command in a process group of its own and ends the whole group when the pipe on fd 3 closes, however the
 * host died. `read` returns at the end of file; what left the group (`setsid`) is found by the socket's path, which is
 * in its environment and nowhere else. Measured against `setpriv --pdeathsig`, which leaves grandchildren alive.
 */
const LEASH = `(
  read _
  read -r self _ </proc/self/stat
  if [ -n "$SCW_UPSTREAM_SOCKET" ]; then
    for file in $(grep -lF "SCW_UPSTREAM_SOCKET=$SCW_UPSTREAM_SOCKET" /proc/[0-9]*/environ); do
      pid=\${file#/proc/}; pid=\${pid%/environ}
      [ "$pid" = "$self" ] || [ "$pid" = "$$" ] || kill -9 "$pid"
    done
    rm -f "$SCW_UPSTREAM_SOCKET"
    rmdir "\${SCW_UPSTREAM_SOCKET%/*}"
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
  readonly startedAt: number;
  /** Resolves when the process itself has ended; its descendants may still live. */
  readonly exited: Promise<Exit>;
  /** Asks the process to end. */
  terminate(): void;
  /** Ends the process and all its descendants at once; resolves when none of its group is left. */
  kill(): Promise<void>;
}

/** Starts worker k. Needs nothing but Node's own modules: this runs before the application is loaded. */
export function startSubRuntimeProcess(plan: LaunchPlan, worker: number): SubRuntimeProcess {
  const socketPath = socketOf(plan, worker);
  const port = plan.basePort + worker;
  if (socketPath) rmSync(socketPath, { force: true });
  const child = spawn('sh', ['-c', LEASH, 'leash', ...plan.command], {
    detached: true,
    // Standard input stays open, as in the original: what reads it to learn that its parent ended must not end at once.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...plan.environment, SCW_UPSTREAM_PORT: String(port), SCW_UPSTREAM_SOCKET: socketPath },
  });
  const leash = child.stdio[3] as Writable;
  leash.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  let ended = false;
  const exited = exitOf(child);
  void exited.then(() => (ended = true));
  const signalChild = (name: NodeJS.Signals) => child.pid !== undefined && signalProcess(child.pid, name);
  return {
    pid: child.pid,
    host: plan.host,
    port,
    socketPath,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    startedAt: Date.now(),
    exited,
    terminate: () => {
      if (!ended) signalChild('SIGTERM');
    },
    kill: async () => {
      if (!ended) signalChild('SIGKILL');
      leash.destroy();
      if (child.pid !== undefined) await groupGone(child.pid);
      await exited;
    },
  };
}

/** Removes the private folder of the sockets once no worker is left. */
export function removeSocketFolder(plan: LaunchPlan): void {
  if (plan.socketBase) rmSync(dirname(plan.socketBase), { recursive: true, force: true });
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
  const began = Date.now();
  while (isGroupAlive(group) && Date.now() < began + GIVE_UP_MS) {
    if (Date.now() > began + LEASH_MS) signalProcess(-group, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
