import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startOnLeash } from './leash.mjs';

const PATIENCE_MS = 10_000;
const POLL_MS = 20;

/**
 * Runs a nats-server of our own on loopback, with JetStream in a folder that goes with it. Resolves when it takes
 * connections; throws where it does not.
 *
 * @param {string} program
 * @param {number} port
 */
export async function startNatsServer(program, port) {
  const store = mkdtempSync(join(tmpdir(), 'tributary-nats-'));
  const options = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', store];
  const { child, ended } = startOnLeash([program, ...options], { output: 'ignore' });
  const gone = ended.then(({ reason }) => {
    rmSync(store, { recursive: true, force: true });
    return reason;
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  const reason = await Promise.race([untilListening(port), gone]);
  if (reason === undefined) return { url: `nats://127.0.0.1:${port}`, gone, stop };
  await stop();
  throw new Error(reason);
}

/** Resolves with `undefined`, or with what went wrong. */
async function untilListening(port) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await pause(POLL_MS)) {
    if (await accepts(port)) return undefined;
  }
  return `it did not listen on port ${port} within ${PATIENCE_MS / 1_000} s`;
}

async function accepts(port) {
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
