import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const ANSWER_MS = 10_000;

/**
 * Sends one request on a connection of its own.
 *
 * @param {{ url: string, method?: string, headers?: Record<string, string>, body?: Buffer }} wanted
 * @returns {Promise<{ status: number, text: string }>}
 */
export function ask({ url, method = 'GET', headers = {}, body = Buffer.alloc(0) }) {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, 'Content-Length': String(body.length) }, agent: false };
    const outgoing = request(url, { ...options, timeout: ANSWER_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode, text })).once('error', reject);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${url} does not answer`)));
    outgoing.once('error', reject).end(body);
  });
}

/**
 * Resolves when a request is answered with 200; rejects where the process ends before, or takes too long.
 *
 * @param {Parameters<typeof ask>[0]} wanted
 * @param {import('./processes.mjs').BenchProcess} server
 * @param {number} [pollMs]
 */
export async function untilAnswered(wanted, { failed }, pollMs = 20) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; Date.now() < giveUpAt; await pause(pollMs)) {
    const answer = await Promise.race([ask(wanted).catch(() => undefined), failed]);
    if (answer?.status === 200) return;
  }
  throw new Error(`${wanted.url} did not answer with 200 within ${PATIENCE_MS / 1_000} s`);
}
