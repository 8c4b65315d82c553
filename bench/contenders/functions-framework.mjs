/**
 * The in-process peer: the function runs in the process that takes the requests. It has no option for an address to listen on, so
 * unlike the others it listens on all.
 */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import { startProcess } from '../lib/processes.mjs';
import { urlRequest } from '../lib/url-request.mjs';

export const name = 'functions-framework';

const PROGRAM = inProject('bench/node_modules/@google-cloud/functions-framework/build/src/main.js');
const SOURCE = inProject('bench/handlers/functions-framework.mjs');

export async function start() {
  const port = await freePort();
  const options = ['--target=handle', '--signature-type=http', `--source=${SOURCE}`, `--port=${port}`];
  const server = startProcess([process.execPath, PROGRAM, ...options]);
  return { name, ...server, requestOf: urlRequest(port), answerOf: (text) => text };
}
