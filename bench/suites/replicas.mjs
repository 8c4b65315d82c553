/** What replicas of the host bring, and what replicas of a stream cost. */
import { measureHosts } from './replicas/hosts.mjs';
import { measureStreams } from './replicas/streams.mjs';

/** @param {import('../run.mjs').BenchOptions} options */
export async function run(options) {
  const parts = [await measureHosts(options), await measureStreams(options)];
  return {
    tables: parts.map(({ table }) => table),
    checks: [],
    samples: Object.assign({}, ...parts.map(({ samples }) => samples)),
  };
}
