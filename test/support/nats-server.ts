import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';

export interface NatsServerOptions {
  /** More arguments of `nats-server`. */
  readonly args?: readonly string[];
  /** Content of its configuration file; port, address and store are set here. */
  readonly config?: string;
  /** With a store in a temporary folder, which a restart keeps. */
  readonly jetstream?: boolean;
}

/** A real nats-server on 127.0.0.1. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** All that it wrote so far. */
  output(): string;
  /** SIGTERM; resolves when it has ended. The store is removed. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. The store is kept. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same store; it may run or not. */
  restart(): Promise<void>;
  /** SIGHUP: the server reads its configuration, here with a new content. */
  reload(config: string): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly output: () => string;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const START_MS = 10_000;
const PATIENCE_MS = 10_000;

/** Resolves when the server takes connections. Call `stop()` at the end of the test. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = toolPath('nats-server');
  if (!binary) throw new Error('nats-server is neither in .tools/bin nor on the PATH: run node scripts/tools.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-nats-'));
  const configFile = join(folder, 'nats.conf');
  writeFileSync(configFile, options.config ?? '');
  const args = ['-a', '127.0.0.1', '-c', configFile, ...(options.args ?? [])];
  if (options.jetstream) args.push('-js', '-sd', join(folder, 'store'));
  let current = await launch(binary, [...args, '-p', '-1']);
  const port = portOf(current.output());
  let earlierOutput = '';
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return current.child.pid as number;
    },
    output: () => earlierOutput + current.output(),
    stop: async () => {
      await end(current, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end(current, 'SIGKILL'),
    restart: async () => {
      await end(current, 'SIGTERM');
      earlierOutput += current.output();
      current = await launch(binary, [...args, '-p', String(port)]);
    },
    reload: async (config) => {
      writeFileSync(configFile, config);
      const reloads = () => current.output().split('Reloaded server configuration').length;
      const before = reloads();
      current.child.kill('SIGHUP');
      await until('the server to reload', () => reloads() > before);
    },
  };
}

async function launch(binary: string, args: readonly string[]): Promise<Running> {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      running.delete(child);
      resolve();
    });
  });
  await until('nats-server to start', () => ended || output.includes('Server is ready'), START_MS);
  if (ended) throw new Error(`nats-server ended:\n${output}`);
  return { child, exited, output: () => output };
}

async function end({ child, exited }: Running, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await exited;
}

function portOf(output: string): number {
  const port = /Listening for client connections on \S+:(\d+)/.exec(output)?.[1];
  if (!port) throw new Error(`nats-server did not say its port:\n${output}`);
  return Number(port);
}

async function until(what: string, probe: () => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  while (!probe()) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
