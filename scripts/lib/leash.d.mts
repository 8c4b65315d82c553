import type { ChildProcess } from 'node:child_process';

type Output = 'inherit' | 'ignore' | 'pipe' | number;

/** Starts a process in a group of its own; none of the group outlives this process. */
export function startOnLeash(
  commandLine: readonly string[],
  options?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly output?: Output;
    readonly errors?: Output;
  },
): { readonly child: ChildProcess; readonly ended: Promise<{ readonly code: number | null; readonly reason: string }> };
