import type { Upstream } from './readiness-probe.js';
import type { WireResult } from './wire-result.js';
import { WireConnection, type WireConnectionOptions } from './wire-connection.js';

/** Header names and values, alternating. */
export type WireHeaders = string[];

/** The answer counts as lost where it is neither complete nor valid HTTP. */
export interface SubRuntimeClient {
  /** `onResult` is called exactly once, never before this returns. */
  send(body: string, headers: WireHeaders, onResult: (result: WireResult) => void): void;
  /** Ends every connection; what is unanswered is lost. */
  close(): void;
}

/** Idle connections end here before the server may end them: gunicorn's 2 s are the shortest in wide use. */
const KEEP_ALIVE_MS = 1_000;
/** A server that announces its own time (`Keep-Alive: timeout=1`) may end a connection that much sooner. */
const MARGIN_MS = 500;
const SWEEP_MS = 250;
/** Larger bodies are written apart from their head, since joining them would be a copy more. */
const LARGE = 65_536;
const READ_BUFFER = 65_536;
// oxlint-disable-next-line no-control-regex
const UNSENDABLE = /[^\x20-\x7e]/g;

/**
 * A client of one sub-runtime over kept-alive connections, one request at a time on each (RFC 9112, 9.3.2 advises no more).
 * The connection that was used last is used next, so that those which are too many end.
 */
export function createSubRuntimeClient(upstream: Upstream, maxResponseSize: number): SubRuntimeClient {
  return new PooledClient(upstream, maxResponseSize);
}

class PooledClient implements SubRuntimeClient {
  private readonly all = new Set<WireConnection>();
  private readonly idle: WireConnection[] = [];
  private readonly options: WireConnectionOptions;
  private readonly requestLine: string;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(upstream: Upstream, maxResponseSize: number) {
    const overSocket = 'socketPath' in upstream;
    const host = overSocket ? 'localhost' : `${bracketed(upstream.host)}:${upstream.port}`;
    this.requestLine = `POST / HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
    this.options = {
      place: overSocket ? { path: upstream.socketPath } : { host: upstream.host, port: upstream.port },
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER),
      maxResponseSize,
      onIdle: (connection) => this.keep(connection),
      onClose: (connection) => this.forget(connection),
    };
  }

  send(body: string, headers: WireHeaders, onResult: (result: WireResult) => void): void {
    const isLarge = body.length > LARGE;
    const bytes = isLarge ? Buffer.from(body) : body;
    const length = Buffer.byteLength(bytes);
    let head = this.requestLine;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${sendable(headers[i + 1] as string)}\r\n`;
    this.connection().send(`${head}content-length: ${length}\r\n\r\n`, bytes, length, onResult);
  }

  close(): void {
    clearTimeout(this.sweeper);
    this.idle.length = 0;
    for (const connection of this.all) connection.close();
  }

  private connection(): WireConnection {
    const now = Date.now();
    for (let found = this.idle.pop(); found; found = this.idle.pop()) {
      if (found.expiresAt > now) return found;
      found.close();
    }
    const connection = new WireConnection(this.options);
    this.all.add(connection);
    return connection;
  }

  private keep(connection: WireConnection): void {
    const now = Date.now();
    connection.expiresAt = Math.min(now + KEEP_ALIVE_MS, connection.expiresAt - MARGIN_MS);
    this.idle.push(connection);
    this.sweeper ??= setTimeout(() => this.sweep(), SWEEP_MS).unref();
  }

  private sweep(): void {
    const now = Date.now();
    this.sweeper = undefined;
    for (const connection of this.idle) if (connection.expiresAt <= now) connection.close();
    if (this.idle.length > 0) this.sweeper = setTimeout(() => this.sweep(), SWEEP_MS).unref();
  }

  private forget(connection: WireConnection): void {
    this.all.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
  }
}

/** The request has all of it in its body. */
function sendable(value: string): string {
  return value.replace(UNSENDABLE, '?');
}

/** An address of IPv6 stands in brackets in a URL (RFC 3986, 3.2.2). */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
