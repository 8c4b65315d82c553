import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, ROOT, until } from './start-host.js';

export interface Dev {
  readonly child: ChildProcess;
  readonly url: string;
  output(): string;
  /** Resolves when the output has this text that often. */
  prints(text: string | RegExp, times?: number): Promise<void>;
  readonly exited: Promise<number | null>;
}

const running = new Set<Dev>();

/** Ends all that were started; to be called when the tests of a file have ended. */
export async function stopAllDev(): Promise<void> {
  for (const { child } of running) child.kill('SIGTERM');
  await Promise.all([...running].map(({ exited }) => exited));
}

/** Runs `tributary dev` on free ports. */
export async function startDev(args: readonly string[], env: Record<string, string> = {}): Promise<Dev> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(ROOT, 'bin/tributary.js'), 'dev', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: String(port), ADMIN_PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const count = (text: string | RegExp) =>
    typeof text === 'string' ? output.split(text).length - 1 : [...output.matchAll(new RegExp(text, 'g'))].length;
  const prints = async (text: string | RegExp, times = 1) => {
    await until(`${String(text)} in what it prints`, () => count(text) >= times).catch((error: unknown) => {
      throw new Error(`${String(error)}:\n${output}`, { cause: error });
    });
  };
  const dev = { child, url: `http://127.0.0.1:${port}`, output: () => output, prints, exited };
  running.add(dev);
  void exited.then(() => running.delete(dev));
  return dev;
}
