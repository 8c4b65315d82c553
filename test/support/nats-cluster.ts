import { onTestFinished } from 'vitest';
import { type NatsServer, startNatsServer } from './nats-server.js';
import { freePort } from './start-host.js';

export interface NatsCluster {
  /** All servers, separated by commas. */
  readonly url: string;
  readonly servers: readonly NatsServer[];
}

/**
 * Servers of one cluster, each with a JetStream store of its own; they end with the test. Clients are not told of the others:
 * a test decides which they know.
 */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
  const routePorts: number[] = [];
  while (routePorts.length < size) routePorts.push(await freePort());
  const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  const servers = await Promise.all(
    routePorts.map((port) =>
      startNatsServer({
        jetstream: true,
        config: `server_name: ${nameOfServer(routePorts.indexOf(port))}
          cluster { name: tributary, listen: "127.0.0.1:${port}", routes: [${routes}], no_advertise: true }`,
      }),
    ),
  );
  onTestFinished(async () => {
    for (const server of servers) resume(server);
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all(servers.map((server) => server.stop()));
  });
  return { url: servers.map(({ url }) => url).join(','), servers };
}

/** The name by which the cluster knows a server. */
export const nameOfServer = (index: number): string => `nats-${index + 1}`;

/** As though the network to it were cut: connections stay, and nothing comes. */
export function cutOff(server: NatsServer): void {
  process.kill(server.pid, 'SIGSTOP');
}

export function resume(server: NatsServer): void {
  try {
    process.kill(server.pid, 'SIGCONT');
  } catch {
    // It has ended.
  }
}
