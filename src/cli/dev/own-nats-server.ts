import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.js';
import { startOnLeash } from './leashed-process.js';

export const USUAL_PORT = 4222;
const PATIENCE_MS = 10_000;
const POLL_MS = 20;

export interface OwnNatsServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The program, by a `PATH`. */
export function findNatsServer(searchPath: string): string {
  const program = searchPath
    .split(delimiter)
    .map((folder) => join(folder, 'nats-server'))
    .find(isExecutable);
  if (program !== undefined) return program;
  throw new CliError('there is no nats-server on the PATH; install one, or set TRIGGER_NATS_URL to one that runs');
}

/** Runs one on loopback, with JetStream in a folder that goes with it. Resolves when it takes connections. */
export async function startNatsServer(program: string, port: number): Promise<OwnNatsServer> {
  const store = mkdtempSync(join(tmpdir(), 'tributary-nats-'));
  const options = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', store];
  const { child, ended } = startOnLeash([program, ...options], {}, 'server');
  const gone = ended.then(({ reason }) => {
    rmSync(store, { recursive: true, force: true });
    return reason;
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  const reason = await Promise.race([untilListening(port), gone]);
  if (reason === undefined) return { url: `nats://127.0.0.1:${port}`, stop };
  await stop();
  throw new CliError(`nats-server does not start: ${reason}; start one, and set TRIGGER_NATS_URL`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves with `undefined`, or with what went wrong. */
async function untilListening(port: number): Promise<string | undefined> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    if (await accepts(port)) return undefined;
    await delay(POLL_MS);
  }
  return `it did not listen on port ${port} within ${PATIENCE_MS / 1_000} s`;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
