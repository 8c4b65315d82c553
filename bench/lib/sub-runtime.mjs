import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { startProcess } from './processes.mjs';
import { HANDLER } from './wire-request.mjs';

/** Our sub-runtime for Node, alone, on TCP. */
export async function startSubRuntime() {
  const port = await freePort();
  const env = { SCW_UPSTREAM_PORT: String(port), SCW_HANDLER_PATH: HANDLER, SCW_HANDLER_NAME: 'handle' };
  return { port, ...startProcess([process.execPath, inProject('runtimes/node/index.mjs')], env) };
}
