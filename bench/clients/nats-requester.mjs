/**
 * Sends requests over core NATS, some at once, and prints what came of them, as JSON on one line:
 * `node bench/clients/nats-requester.mjs <url> <subject> <in flight> <seconds>`. Latencies are microseconds.
 */
import { connect } from '@nats-io/transport-node';
import { percentile } from '../lib/statistics.mjs';

const [url, subject, inFlight, seconds] = process.argv.slice(2);
const TIMEOUT_MS = 10_000;
const PAYLOAD = JSON.stringify({ name: 'Ada' });

const connection = await connect({ servers: url });
const latencies = [];
const began = performance.now();
const end = began + Number(seconds) * 1_000;

async function sendOneAfterTheOther() {
  while (performance.now() < end) {
    const sentAt = performance.now();
    const reply = await connection.request(subject, PAYLOAD, { timeout: TIMEOUT_MS });
    latencies.push((performance.now() - sentAt) * 1_000);
    // A figure of errors is none.
    if (reply.headers?.has('Nats-Service-Error')) throw new Error(reply.headers.get('Nats-Service-Error'));
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, sendOneAfterTheOther));
const elapsed = performance.now() - began;
await connection.close();
latencies.sort((a, b) => a - b);
const requests = latencies.length;
console.log(
  JSON.stringify({
    requests,
    rate: (requests / elapsed) * 1_000,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }),
);
