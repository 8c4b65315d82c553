import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort } from '../../scripts/lib/free-port.mjs';
import { startProcess, stopAll } from './processes.mjs';
import { scratch } from './scratch.mjs';

const PATIENCE_MS = 30_000;
const POLL_MS = 50;

/**
 * Three servers of one cluster with JetStream, on loopback. Resolves when streams can be made.
 *
 * @param {string} program The path of nats-server.
 */
export async function startNatsCluster(program) {
  const members = [];
  while (members.length < 3) members.push({ port: await freePort(), routePort: await freePort() });
  const routes = members.map(({ routePort }) => `nats-route://127.0.0.1:${routePort}`);
  const servers = members.map(({ port, routePort }, index) =>
    startProcess([
      program,
      ...['--addr', '127.0.0.1', '--port', `${port}`, '--name', `bench-${index}`],
      ...['--jetstream', '--store_dir', scratch(`nats-${port}`)],
      ...['--cluster_name', 'bench', '--cluster', `nats://127.0.0.1:${routePort}`, '--routes', routes.join(',')],
    ]),
  );
  const url = `nats://127.0.0.1:${members[0].port}`;
  try {
    await Promise.race([untilUsable(members, url), ...servers.map(({ failed }) => failed)]);
    return { url, servers, stop: () => stopAll(servers) };
  } catch (error) {
    await stopAll(servers);
    throw error;
  }
}

async function untilUsable(members, url) {
  await Promise.all(members.map(({ port }) => until(`a server on port ${port}`, () => accepts(port))));
  const client = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(client, { checkAPI: false });
    await until('the cluster to have a leader', () =>
      manager.getAccountInfo().then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await client.close();
  }
}

async function until(what, probe) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await pause(POLL_MS)) {
    if (await probe()) return;
  }
  throw new Error(`waited ${PATIENCE_MS / 1_000} s for ${what}`);
}

/** Whether a server takes clients. */
function accepts(port) {
  return connect({ servers: `127.0.0.1:${port}`, reconnect: false })
    .then((client) => client.close())
    .then(
      () => true,
      () => false,
    );
}
