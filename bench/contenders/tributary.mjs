/** The host as it ships: the bundle, its log at the level and in the form of a container, its default Unix socket. */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { startProcess } from '../lib/processes.mjs';
import { urlRequest } from '../lib/url-request.mjs';
import { HANDLER } from '../lib/wire-request.mjs';

export const name = 'tributary';

/**
 * @param {{ env?: Record<string, string>, nodeOptions?: string[], folder?: string }} [options] `folder`: where the package is.
 */
export async function start({ env = {}, nodeOptions = [], folder = inProject() } = {}) {
  const [port, adminPort, upstreamPort] = [await freePort(), await freePort(), await freePort()];
  const commandLine = [process.execPath, ...nodeOptions, `${folder}/bin/tributary.js`, 'start'];
  const server = startProcess(commandLine, {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    SCW_UPSTREAM_PORT: String(upstreamPort),
    TRIGGER_HTTP_HOST: '127.0.0.1',
    SCW_HANDLER_PATH: HANDLER,
    SCW_PUBLIC: 'true',
    ...env,
  });
  return { name, ...server, requestOf: urlRequest(port), answerOf: (text) => text, adminPort };
}
