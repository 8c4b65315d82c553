import { messageOf } from '../../errors.js';
import type { Endpoint } from './endpoint.js';

/** What became of one request to the collector. */
export type SendResult =
  | { readonly kind: 'taken'; /** Spans that it would not have. */ readonly rejected: number }
  /** The same again would be refused again. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Another time it may be taken. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs: number | undefined };

/** @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** All that is read of an answer. */
const MAX_ANSWER = 65_536;
const MAX_RETRY_AFTER_MS = 60_000;

/** Sends batches to a collector by OTLP/HTTP. */
export class OtlpSender {
  private current: AbortController | undefined;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly timeoutMs: number,
  ) {}

  /** Resolves within the timeout, the answer's body included. Never rejects. */
  async send(body: string): Promise<SendResult> {
    const aborting = new AbortController();
    this.current = aborting;
    const late = new Error(`there was no answer within ${this.timeoutMs} ms`);
    const timer = setTimeout(() => aborting.abort(late), this.timeoutMs);
    try {
      return await this.post(body, aborting.signal);
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error), retryAfterMs: undefined };
    } finally {
      clearTimeout(timer);
      // Whatever of the answer has not been read is not wanted.
      aborting.abort();
      this.current = undefined;
    }
  }

  /** Ends the request that is under way. */
  abort(): void {
    this.current?.abort(new Error('the host ends'));
  }

  /** A redirect would take what is secret in the headers elsewhere. */
  private async post(body: string, signal: AbortSignal): Promise<SendResult> {
    const { url, headers } = this.endpoint;
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    const { status } = response;
    if (response.ok) return { kind: 'taken', rejected: rejectedIn(await beginningOf(response)) };
    if (!RETRYABLE.has(status)) return { kind: 'refused', status };
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), Date.now());
    return { kind: 'failed', problem: `it answered ${status}`, retryAfterMs };
  }
}

/** `fetch` says only that it failed; its cause says why. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const text =
    messageOf(cause ?? error) || (cause as NodeJS.ErrnoException | undefined)?.code || 'the connection failed';
  return text.slice(0, 200);
}

/** `undefined` where it is longer. */
async function beginningOf(response: Response): Promise<string | undefined> {
  if (!response.body) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
function rejectedIn(answer: string | undefined): number {
  try {
    const parsed = JSON.parse(answer ?? '') as { partialSuccess?: { rejectedSpans?: unknown } } | null;
    const rejected = Number(parsed?.partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3); at most a minute is waited. */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
