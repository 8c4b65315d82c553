import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';

/** Ends the process group when the pipe on fd 3 closes, which it does however this process dies. */
const LEASH = '(read _; kill -9 -$$) <&3 >/dev/null 2>&1 & exec "$@" 3<&-';

export interface LeashedProcess {
  readonly child: ChildProcess;
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<{ readonly code: number | null; readonly reason: string }>;
}

/**
 * Starts a process in a group of its own, so that Ctrl-C on the terminal reaches this process alone, which ends the
 * others in their order. None of its group outlives this process.
 *
 * @param kind A host is seen and has a channel for messages; a server is neither.
 */
export function startOnLeash(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  kind: 'host' | 'server',
): LeashedProcess {
  const child = spawn('/bin/sh', ['-c', LEASH, 'leash', ...command], {
    detached: true,
    env,
    stdio: kind === 'host' ? ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'] : ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const leash = child.stdio[3] as Duplex | null;
  leash?.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; reason: string }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, reason: error.message }));
    child.once('exit', (code, signal) => {
      leash?.destroy();
      resolve({ code, reason: signal ?? `exit code ${code}` });
    });
  });
  return { child, ended };
}
