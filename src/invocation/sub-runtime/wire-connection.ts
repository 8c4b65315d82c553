import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { messageOf } from '../../errors.js';
import type { ResponseHead } from './response-head.js';
import { ResponseReader, type ResponseState } from './response-reader.js';
import type { WireResult } from './wire-result.js';

/** Time for a connection to be made; a listener whose backlog is full does not answer. */
const CONNECT_MS = 10_000;
/**
 * A request of no more bytes is written to a Unix socket whole or not at all: one buffer of the kernel holds it. Where the
 * other end is closed already, as that of a process that died while it was idle, writing it fails (EPIPE).
 */
const ATOMIC_WRITE = 16_384;

export interface WireConnectionOptions {
  readonly place: { readonly path: string } | { readonly host: string; readonly port: number };
  /** What is read comes into it, and is copied from there before anything else is read: all connections share one. */
  readonly buffer: Buffer;
  readonly maxResponseSize: number;
  /** The connection can be used again. */
  readonly onIdle: (connection: WireConnection) => void;
  readonly onClose: (connection: WireConnection) => void;
}

/** One connection to a sub-runtime, with one request at a time. */
export class WireConnection {
  /** Until when it may idle, in epoch milliseconds. */
  expiresAt = 0;
  private readonly socket: Socket;
  private reader: ResponseReader | undefined;
  private onResult: ((result: WireResult) => void) | undefined;
  /** Something may have reached the other end. */
  private connected = false;
  /** What is being written arrives whole or not at all. */
  private isAtomic = false;
  private problem = 'the connection was closed before the answer was complete';

  constructor(private readonly options: WireConnectionOptions) {
    const timer = setTimeout(() => this.fail(`no connection within ${CONNECT_MS / 1_000} s`), CONNECT_MS);
    this.socket = connect({
      ...options.place,
      noDelay: true,
      onread: { buffer: options.buffer, callback: (length, buffer) => this.receive(buffer as Buffer, length) },
    } as NetConnectOpts);
    this.socket.once('connect', () => {
      clearTimeout(timer);
      this.connected = true;
    });
    this.socket.once('end', () => this.endReading());
    this.socket.once('error', (error) => {
      this.problem = messageOf(error);
      this.expiresAt = 0;
      if (this.isAtomic && (error as NodeJS.ErrnoException).code === 'EPIPE') this.connected = false;
    });
    this.socket.once('close', () => {
      clearTimeout(timer);
      this.options.onClose(this);
      this.answer({ kind: this.connected ? 'lost' : 'not-sent', message: this.problem });
    });
  }

  /**
   * @param request Its head, up to the empty line.
   * @param length Bytes of the body.
   */
  send(request: string, body: string | Buffer, length: number, onResult: (result: WireResult) => void): void {
    this.onResult = onResult;
    this.reader = new ResponseReader(this.options.maxResponseSize);
    this.isAtomic = 'path' in this.options.place && request.length + length <= ATOMIC_WRITE;
    if (typeof body === 'string') {
      // As many bytes as characters: it is ASCII, which is written fastest as what it is.
      this.socket.write(request + body, length === body.length ? 'latin1' : 'utf8');
      return;
    }
    this.socket.cork();
    this.socket.write(request);
    this.socket.write(body);
    this.socket.uncork();
  }

  /** What is unanswered is lost. */
  close(): void {
    this.expiresAt = 0;
    this.socket.destroy();
  }

  private receive(buffer: Buffer, length: number): boolean {
    const { reader } = this;
    // Nobody has asked for anything.
    if (!reader) this.close();
    else this.follow(reader, this.read(reader, buffer.subarray(0, length)));
    return true;
  }

  /** Where there is no memory for an answer, it is lost, and nothing else. */
  private read(reader: ResponseReader, bytes: Buffer): ResponseState {
    try {
      return reader.read(bytes);
    } catch {
      return 'invalid';
    }
  }

  private endReading(): void {
    const { reader } = this;
    if (reader?.end() === 'complete') this.follow(reader, 'complete');
    else this.close();
  }

  private follow(reader: ResponseReader, state: ResponseState): void {
    const { head } = reader;
    if (state === 'complete' && head) this.complete(reader, head);
    else if (state === 'invalid') this.fail('the answer is no valid HTTP');
    else if (state === 'too-large') {
      this.close();
      this.answer({ kind: 'too-large' });
    }
  }

  private complete(reader: ResponseReader, { statusCode, contentType, keepAliveMs }: ResponseHead): void {
    // First, so that whoever is told of the answer and sends again finds this connection.
    this.reuse(reader.hasExcess ? 0 : keepAliveMs);
    this.answer({ kind: 'answered', statusCode, contentType, body: reader.collected() });
  }

  /** Not where the server has answered before it has read the whole request: the rest would be taken for the next. */
  private reuse(keepAliveMs: number): void {
    this.expiresAt = Date.now() + keepAliveMs;
    if (keepAliveMs > 0 && this.socket.writableLength === 0) this.options.onIdle(this);
    else this.close();
  }

  private fail(problem: string): void {
    this.problem = problem;
    this.close();
  }

  private answer(result: WireResult): void {
    const { onResult } = this;
    this.reader = undefined;
    this.onResult = undefined;
    onResult?.(result);
  }
}
