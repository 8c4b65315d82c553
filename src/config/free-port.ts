import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const LAST_PORT = 65_535;

/** A port of 127.0.0.1 that is free now: the one asked for, or else the next above it that is. By default any. */
export async function freePort(from = 0): Promise<number> {
  for (let port = from; port <= LAST_PORT; port++) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new Error(`no port from ${from} on is free`);
}

async function tryPort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  try {
    await once(server.listen(wanted, '127.0.0.1'), 'listening');
  } catch {
    return undefined;
  }
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
