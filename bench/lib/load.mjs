import { ensureTools, toolPath } from '../../scripts/tools.mjs';
import { autocannonLoad } from './autocannon-load.mjs';
import { wrk } from './wrk.mjs';

/**
 * Sends one request over and over, as fast as it is answered, and resolves with what came of it. Latencies are microseconds.
 *
 * @callback Load
 * @param {{ url: string, method: string, headers: Record<string, string>, body: Buffer }} request
 * @param {{ connections: number, seconds: number }} options
 * @returns {Promise<{ requests: number, rate: number, p50: number, p99: number, errors: number }>}
 */

/**
 * wrk, or where it cannot be had autocannon: it takes more CPU of the machine that it shares with what it measures, and
 * where the server is faster than it, it is what is measured.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<{ name: string, load: Load }>}
 */
export async function findLoad(say) {
  const [problem] = await ensureTools(['wrk'], say);
  if (!problem) return { name: 'wrk', load: strict(wrk(toolPath('wrk'))) };
  say(`${problem}. Going on with autocannon.`);
  return { name: 'autocannon', load: strict(autocannonLoad) };
}

/** A figure of answers that are errors is none. */
function strict(load) {
  return async (request, options) => {
    const result = await load(request, options);
    if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} requests to ${request.url} failed`);
    if (result.requests === 0) throw new Error(`no request to ${request.url} was answered`);
    return result;
  };
}
