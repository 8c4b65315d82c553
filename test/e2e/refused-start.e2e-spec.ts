import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processesWith } from '../support/processes.js';
import { startHost, until } from '../support/start-host.js';
import { folderWith } from '../support/sub-runtime.js';

/** Never listens, does not end when it is asked to, and has a child in a session of its own. */
const STUBBORN = `
process.on('SIGTERM', () => undefined);
require('node:child_process').spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
setInterval(() => undefined, 1_000);`;

/** The environment of a host with that sub-runtime; all its processes bear the marker. */
function stubborn(): { marker: string; env: Record<string, string> } {
  const marker = `MARKER_OF_THE_TEST=${randomUUID()}`;
  const [name = '', value = ''] = marker.split('=');
  return {
    marker,
    env: {
      [name]: value,
      SCW_RUNTIME_BINARY: process.execPath,
      SCW_RUNTIME_BRIDGE: join(folderWith({ 'stubborn.cjs': STUBBORN }), 'stubborn.cjs'),
      SCW_HANDLER_PATH: '/any',
      SUB_RUNTIME_START_TIMEOUT_MS: '600000',
      SHUTDOWN_GRACE_MS: '600000',
    },
  };
}

/** A port that is taken as long as the test runs. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

/** Starts a host that refuses to serve, and gives its exit code; a host that waits is killed and has none. */
async function exitCodeOf(env: Record<string, string>): Promise<number | null> {
  const host = await startHost({ env, started: 'spawned' });
  const timer = setTimeout(() => host.child.kill('SIGKILL'), 30_000);
  const { code } = await host.exited;
  clearTimeout(timer);
  return code;
}

describe('section 1: a start that is refused', () => {
  it('section 1: (the sub-runtime of these tests runs, with its child, where nothing is refused)', async () => {
    const { marker, env } = stubborn();
    const host = await startHost({ env, started: 'listening' });
    onTestFinished(async () => void (await host.stop('SIGKILL')));
    // The host, the sub-runtime, its leash and its child.
    await until('all processes to run', () => processesWith(marker).length >= 4);
    await host.stop('SIGKILL');
    await until('all processes to be gone', () => processesWith(marker).length === 0);
  });

  it.each([
    ['a value that is none', () => ({ INVOCATION_TIMEOUT_MS: 'soon' })],
    ['an unknown variable', () => ({ TRIGGER_HTP_ENABLED: 'true' })],
    ['a triggers file that is not there', () => ({ TRIGGERS_FILE: '/no/such/file' })],
    ['PORT taken', async () => ({ PORT: String(await takenPort()) })],
    ['ADMIN_PORT taken', async () => ({ ADMIN_PORT: String(await takenPort()) })],
  ])('section 1: ends with 78, waits for no sub-runtime and leaves none behind: %s', async (_title, wrong) => {
    const { marker, env } = stubborn();
    expect(await exitCodeOf({ ...env, ...(await wrong()) })).toBe(78);
    await until('all processes to be gone', () => processesWith(marker).length === 0);
  });
});
