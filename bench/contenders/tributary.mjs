/** The host as it ships: the bundle, its log at the level and in the form of a container, its default Unix socket. */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { ask } from '../lib/ask.mjs';
import { startProcess } from '../lib/processes.mjs';
import { urlRequest } from '../lib/url-request.mjs';
import { HANDLER } from '../lib/wire-request.mjs';

export const name = 'tributary';

const PROGRAM = inProject('bin/tributary.js');

/** @param {{ env?: Record<string, string>, nodeOptions?: string[], program?: string }} [options] */
export async function start({ env = {}, nodeOptions = [], program = PROGRAM } = {}) {
  const [port, adminPort, upstreamPort] = [await freePort(), await freePort(), await freePort()];
  const commandLine = [process.execPath, ...nodeOptions, program, 'start'];
  const server = startProcess(commandLine, {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    SCW_UPSTREAM_PORT: String(upstreamPort),
    TRIGGER_HTTP_HOST: '127.0.0.1',
    SCW_HANDLER_PATH: HANDLER,
    SCW_PUBLIC: 'true',
    ...env,
  });
  return {
    name,
    ...server,
    adminPort,
    requestOf: urlRequest(port),
    answerOf: (text) => text,
    workerPids: () => workerPids(adminPort),
  };
}

async function workerPids(adminPort) {
  const { text } = await ask({ url: `http://127.0.0.1:${adminPort}/readyz` });
  return JSON.parse(text).components.subRuntime.workers.map(({ pid }) => pid);
}
