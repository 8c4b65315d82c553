import { createServer } from 'node:net';

/**
 * A port that is free now on a host: the one asked for, or else the next above it that is.
 *
 * @param {number} [from] 0: any.
 * @param {string} [host]
 */
export async function freePort(from = 0, host = '127.0.0.1') {
  for (let port = from; port < 65_536; port++) {
    const found = await tryPort(port, host);
    if (found) return found;
  }
  throw new Error(`no port from ${from} on is free`);
}

function tryPort(port, host) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const { port: found } = server.address();
      server.close(() => resolve(found));
    });
  });
}
