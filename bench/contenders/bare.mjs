/** What anybody would write: Fastify in front of the same sub-runtime, called by undici over TCP. */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { startProcess } from '../lib/processes.mjs';
import { startSubRuntime } from '../lib/sub-runtime.mjs';
import { urlRequest } from '../lib/url-request.mjs';

export const name = 'bare';

export async function start() {
  const port = await freePort();
  const subRuntime = await startSubRuntime();
  const env = { PORT: String(port), UPSTREAM_PORT: String(subRuntime.port) };
  const server = startProcess([process.execPath, inProject('bench/contenders/bare-server.mjs')], env);
  const stop = async () => {
    await server.stop();
    await subRuntime.stop();
  };
  return { ...server, name, stop, requestOf: urlRequest(port), answerOf: (text) => text };
}
