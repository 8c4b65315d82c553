import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { type Load, pause } from './load.js';

const CRASHED = new Set(['The function ended while it handled the event.', 'The connection to the function was lost.']);
const SIZES = [0, 10, 1_000, 40_000];
const REQUESTS_PER_CONNECTION = 200;

/**
 * A client that keeps to the rules on a connection that is kept: its answer is its own body, or one of what the contract allows
 * while the sub-runtime dies (502) and comes back (503 with Retry-After, which it obeys).
 */
export async function goodClient(load: Load): Promise<void> {
  const client = new Client(`http://127.0.0.1:${load.port}`);
  try {
    for (let n = 0; n < REQUESTS_PER_CONNECTION && !load.over.aborted; n++) await ask(client, load, n);
  } catch (error) {
    load.seen.isWrong('good', String(error));
  } finally {
    await client.destroy();
  }
}

async function ask(client: Client, { seen }: Load, n: number): Promise<void> {
  const requestId = randomUUID();
  const sent = Buffer.concat([Buffer.from(requestId), randomBytes(SIZES[n % SIZES.length] as number)]);
  const { statusCode, headers, body } = await client.request({
    path: '/body',
    method: 'POST',
    body: sent,
    headers: { 'x-request-id': requestId },
  });
  const received = Buffer.from(await body.arrayBuffer());
  if (headers['x-request-id'] !== requestId) seen.isWrong('good', `the X-Request-Id of another with ${statusCode}`);
  if (statusCode === 200) {
    return received.equals(sent) ? seen.count('good', 200) : seen.isWrong('good', 'another body');
  }
  const retryAfter = Number(headers['retry-after']);
  const crashed = statusCode === 502 && CRASHED.has(received.toString());
  const isAllowed = crashed || (statusCode === 503 && retryAfter >= 1);
  if (!isAllowed) return seen.isWrong('good', `${statusCode} ${received.toString().slice(0, 200)}`);
  seen.count('good', statusCode);
  if (statusCode === 503) await pause(retryAfter * 1_000);
}
