import autocannon from 'autocannon';
import { ensureTools, toolPath } from '../../scripts/tools.mjs';
import { wrk } from './wrk.mjs';

const US_PER_MS = 1_000;

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
 * its latencies are whole milliseconds.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<{ name: string, load: Load }>}
 */
export async function findLoad(say) {
  const [problem] = await ensureTools(['wrk'], say);
  if (!problem) return { name: 'wrk', load: strict(wrk(toolPath('wrk'))) };
  say(`${problem}. Going on with autocannon.`);
  return { name: 'autocannon', load: strict(withAutocannon) };
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

async function withAutocannon({ url, method, headers, body }, { connections, seconds }) {
  const { requests, duration, latency, errors, timeouts, non2xx } = await autocannon({
    ...{ url, method, headers, body, connections },
    duration: seconds,
  });
  return {
    requests: requests.total,
    rate: requests.total / duration,
    p50: latency.p50 * US_PER_MS,
    p99: latency.p99 * US_PER_MS,
    errors: errors + timeouts + non2xx,
  };
}
