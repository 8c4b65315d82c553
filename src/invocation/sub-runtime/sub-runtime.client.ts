import { type Dispatcher, Pool } from 'undici';
import { messageOf } from '../../errors.js';
import type { Upstream } from './readiness-probe.js';

/** What one request to the sub-runtime came to. See `docs/wire-protocol.md`. */
export type WireResult =
  | { readonly kind: 'answered'; readonly statusCode: number; readonly contentType: string; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'lost'; readonly message: string }
  /** No connection was made, so nothing was executed: the one case in which the request may be sent again. */
  | { readonly kind: 'not-sent'; readonly message: string };

/** Header names and values, alternating. */
export type WireHeaders = string[];

/** The answer counts as lost where it is neither complete nor valid HTTP. */
export interface SubRuntimeClient {
  send(body: string, headers: WireHeaders, onResult: (result: WireResult) => void): void;
  /** Ends every connection; what is unanswered is lost. */
  close(): void;
}

/**
 * Idle connections end here before the server may end them: gunicorn's 2 s are the shortest in wide use. A server
 * that announces its own time (`Keep-Alive: timeout=5`) is believed.
 */
const KEEP_ALIVE_MS = 1_000;

/** A client of one sub-runtime over kept-alive connections, one request at a time on each (RFC 9112, 9.3.2 advises no more). */
export function createSubRuntimeClient(upstream: Upstream, maxResponseSize: number): SubRuntimeClient {
  const overSocket = 'socketPath' in upstream;
  const origin = overSocket ? 'http://localhost' : `http://${bracketed(upstream.host)}:${upstream.port}`;
  const pool = new Pool(origin, {
    socketPath: overSocket ? upstream.socketPath : undefined,
    connections: null,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send(body, headers, onResult) {
      pool.dispatch({ path: '/', method: 'POST', headers, body }, new ResponseReader(maxResponseSize, onResult));
    },
    close() {
      pool.destroy().catch(() => undefined);
    },
  };
}

/** Collects one response; the body stays in the buffers that it came in. */
class ResponseReader implements Dispatcher.DispatchHandler {
  private statusCode = 0;
  private contentType = '';
  private size = 0;
  private readonly chunks: Buffer[] = [];
  private tooLarge = false;

  constructor(
    private readonly maxSize: number,
    private readonly onResult: (result: WireResult) => void,
  ) {}

  onRequestStart(): void {
    // undici tells the current style of handler by this method.
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.statusCode = statusCode;
    const contentType = headers['content-type'];
    this.contentType = typeof contentType === 'string' ? contentType : (contentType?.[0] ?? '');
    if (Number(headers['content-length']) > this.maxSize) this.refuse(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.maxSize) this.refuse(controller);
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.chunks;
    const body = this.chunks.length === 1 && first ? first : Buffer.concat(this.chunks, this.size);
    this.onResult({ kind: 'answered', statusCode: this.statusCode, contentType: this.contentType, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.tooLarge) this.onResult({ kind: 'too-large' });
    else this.onResult({ kind: neverConnected(error) ? 'not-sent' : 'lost', message: messageOf(error) });
  }

  private refuse(controller: Dispatcher.DispatchController): void {
    this.tooLarge = true;
    this.chunks.length = 0;
    controller.abort(new Error('response too large'));
  }
}

/** An address of IPv6 stands in brackets in a URL (RFC 3986, 3.2.2). */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function neverConnected(error: Error & { syscall?: string; code?: string }): boolean {
  return error.syscall === 'connect' || error.code === 'UND_ERR_CONNECT_TIMEOUT';
}
