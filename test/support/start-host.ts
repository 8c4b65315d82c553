import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** The handlers that tests use. */
export const HANDLERS = join(ROOT, 'test/fixtures/handlers');

export interface HostOptions {
  /** Variables of the host; ports are chosen, the function is public and `LOG_FORMAT` is json unless said otherwise. */
  readonly env?: Record<string, string | undefined>;
  /** Resolve as soon as the process runs, not when it serves. */
  readonly started?: 'spawned' | 'listening' | 'ready';
  /** A command of the shell to run before, such as `ulimit -n 100`. */
  readonly limits?: string;
}

export interface Host {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly adminUrl: string;
  /** All that was written to stdout and stderr so far. */
  output(): string;
  /** The JSON log lines so far. */
  logs(): Record<string, unknown>[];
  /** Resolves with the first log line that fits, also one of the past. */
  log(matches: (line: Record<string, unknown>) => boolean, timeoutMs?: number): Promise<Record<string, unknown>>;
  /** Resolves when the output contains a text or fits a pattern. */
  outputs(pattern: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, and resolves when it has ended; SIGKILL after 30 s. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Ports that the kernel gives to nobody by itself (Linux gives those from 32768 on), as many for each worker of the tests. */
const FIRST_PORT = 10_000;
const PORTS_OF_WORKER = 1_400;
const WORKERS = 16;
let nextPort = Math.floor(Math.random() * PORTS_OF_WORKER);

/** A port that is free, and that no other test takes before it is used. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
  for (;;) {
    const port = FIRST_PORT + worker * PORTS_OF_WORKER + (nextPort++ % PORTS_OF_WORKER);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Polls until `probe` gives something; the error names what was waited for. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts the host that ships, in a process of its own. Call `stop()` at the end of the test. */
export async function startHost({ env = {}, started = 'ready', limits }: HostOptions = {}): Promise<Host> {
  const port = await freePort();
  const adminPort = await freePort();
  const upstreamPort = await freePort();
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SCW|TRIGGER|npm)_/.test(name)));
  const command = [process.execPath, join(ROOT, 'bin/tributary.js'), 'start'];
  const [program = '', ...args] = limits ? ['sh', '-c', `${limits}; exec "$@"`, 'limited', ...command] : command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...clean,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      SCW_UPSTREAM_PORT: String(upstreamPort),
      SCW_PUBLIC: 'true',
      LOG_FORMAT: 'json',
      SCW_HANDLER_PATH: join(HANDLERS, 'host.cjs'),
      ...env,
    },
  });
  running.add(child);
  const host = hostOf(child, Number(env['PORT'] ?? port), Number(env['ADMIN_PORT'] ?? adminPort));
  if (started === 'spawned') return host;
  try {
    await Promise.race([
      untilServing(host, started, env['ADMIN_ENABLED'] !== 'false'),
      host.exited.then(({ code }) => Promise.reject(new Error(`the host ended with ${code}:\n${host.output()}`))),
    ]);
    return host;
  } catch (error) {
    await host.stop('SIGKILL');
    throw error;
  }
}

async function untilServing(host: Host, started: 'listening' | 'ready', hasAdmin: boolean): Promise<void> {
  if (!hasAdmin) return void (await until('the HTTP trigger to listen', () => answers(host.url)));
  const path = started === 'ready' ? '/readyz' : '/livez';
  await until(`${path} to answer 200\n${host.output()}`, () => answers(host.adminUrl + path, 200));
}

async function answers(url: string, status?: number): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return status === undefined || response.status === status;
  } catch {
    return false;
  }
}

function hostOf(child: ChildProcess, port: number, adminPort: number): Host {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const logs = () =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    child,
    pid: child.pid as number,
    port,
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    output: () => text,
    logs,
    log: (matches, timeoutMs) => until('a log line', () => logs().find(matches), timeoutMs),
    outputs: async (pattern, timeoutMs) => {
      await until(
        `output ${String(pattern)}`,
        () => (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)),
        timeoutMs,
      );
    },
    exited,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

/** The pids of the sub-runtimes that run now. */
export async function workerPids(host: Host): Promise<number[]> {
  const response = await fetch(`${host.adminUrl}/readyz`);
  const report = (await response.json()) as { components: { subRuntime: { workers: { pid?: number }[] } } };
  return report.components.subRuntime.workers.flatMap(({ pid }) => pid ?? []);
}
