import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { until } from './start-host.js';

/** A command that goes on, as somebody has it in a terminal. */
export interface Terminal {
  /** All that was printed so far. */
  output(): string;
  /** Resolves when a text has been printed; rejects where the command ends without it. */
  prints(text: string): Promise<void>;
  /** Ends the command, and what it has started; resolves when it has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a command of the shell, which ends with the test. */
export function startTerminal(command: string, cwd: string, env: NodeJS.ProcessEnv): Terminal {
  const child = spawn('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (isRunning(child)) process.kill(-Number(child.pid), signal);
    await ended;
  };
  onTestFinished(() => end('SIGTERM'));
  return {
    output: () => output,
    prints: async (text) => {
      const found = () => output.includes(text) || !isRunning(child);
      await until(`${JSON.stringify(text)} in the output of ${command}`, found);
      if (!output.includes(text)) throw new Error(`${command} ended without ${JSON.stringify(text)}:\n${output}`);
    },
    end,
  };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
