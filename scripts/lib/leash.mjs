import { spawn } from 'node:child_process';

/** Ends the process group when the pipe on fd 3 closes, which it does however this process dies. */
const LEASH = '(read _; kill -9 -$$) <&3 >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Starts a process in a group of its own, so that Ctrl-C on the terminal reaches this process alone, which ends the
 * others in their order. None of its group outlives this process.
 *
 * @param {string[]} commandLine
 * @param {{ env?: NodeJS.ProcessEnv, output?: Output, errors?: Output }} [options] Where stdout and stderr go; both to the
 *   terminal by default.
 * @typedef {'inherit' | 'ignore' | 'pipe' | number} Output
 */
export function startOnLeash(commandLine, { env = process.env, output = 'inherit', errors = output } = {}) {
  const stdio = ['ignore', output, errors, 'pipe'];
  const child = spawn('sh', ['-c', LEASH, 'leash', ...commandLine], { detached: true, env, stdio });
  const leash = child.stdio[3].on('error', () => undefined);
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, reason: error.message }));
    child.once('exit', (code, signal) => {
      leash.destroy();
      resolve({ code, reason: signal ?? `exit code ${code}` });
    });
  });
  return { child, ended };
}
