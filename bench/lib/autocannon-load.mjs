import autocannon from 'autocannon';
import { percentile } from './statistics.mjs';

const US_PER_MS = 1_000;

/** A load generator in this process. Its own histogram has whole milliseconds, so the latencies are taken one by one. */
export async function autocannonLoad({ url, method, headers, body }, { connections, seconds }) {
  const latencies = [];
  const began = performance.now();
  const running = autocannon({ url, method, headers, body, connections, duration: seconds });
  running.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds * US_PER_MS));
  const { errors, timeouts, non2xx } = await running;
  const elapsed = (performance.now() - began) / 1_000;
  latencies.sort((a, b) => a - b);
  return {
    requests: latencies.length,
    rate: latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    errors: errors + timeouts + non2xx,
  };
}
