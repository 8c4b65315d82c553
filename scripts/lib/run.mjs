import { spawn } from 'node:child_process';
import { ROOT } from './root.mjs';

/** A command that could not be started, or ended with another exit code than 0; `output` is what it printed. */
export class CommandFailed extends Error {
  constructor(command, reason, output) {
    super(`${command} ${reason}`);
    this.output = output;
  }
}

/**
 * Runs a command in the project's root and resolves with what it printed, both streams in one text.
 * Throws `CommandFailed` unless it ends with exit code 0.
 *
 * @param {string[]} commandLine
 * @param {{ show?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options] `show` hands the terminal over, and
 *   the text stays empty.
 */
export function run(commandLine, { show = false, env = process.env, cwd = ROOT } = {}) {
  const [command, ...args] = commandLine;
  const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd, env, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new CommandFailed(command, `could not be started (${error.message})`, output)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailed(commandLine.join(' '), `ended with ${signal ?? `exit code ${code}`}`, output));
    });
  });
}
