import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Upstream } from '../invocation/sub-runtime/readiness-probe.js';

export interface RawResponse {
  readonly statusCode: number;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** One connection to a sub-runtime, byte by byte. */
export class RawConnection {
  private received = '';
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => this.note(bytes.toString('latin1')));
    socket.on('close', () => this.noteEnd());
    socket.on('error', () => this.noteEnd());
  }

  static async open(upstream: Upstream): Promise<RawConnection> {
    const socket = connect('socketPath' in upstream ? { path: upstream.socketPath } : upstream);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawConnection(socket);
  }

  /** Writes pieces one by one; each has left before the next one does. */
  async write(...pieces: readonly (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces) {
      await new Promise<void>((resolve, reject) => {
        this.socket.write(piece, (error) => (error ? reject(error) : setImmediate(resolve)));
      });
    }
  }

  /** The next response, complete; rejects if the connection ends before that. */
  async response(): Promise<RawResponse> {
    for (;;) {
      const response = this.takeResponse();
      if (response) return response;
      if (this.ended) throw new Error('the connection ended before the answer was complete');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private note(text: string): void {
    this.received += text;
    this.wake();
  }

  private noteEnd(): void {
    this.ended = true;
    this.wake();
  }

  private takeResponse(): RawResponse | undefined {
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return undefined;
    const head = this.received.slice(0, headEnd);
    const rest = this.received.slice(headEnd + HEAD_END.length);
    const length = this.lengthOf(head, rest);
    if (length === undefined || rest.length < length) return undefined;
    this.received = rest.slice(length);
    const statusCode = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
    const body = isChunked(head) ? joinChunks(rest.slice(0, length)) : rest.slice(0, length);
    return { statusCode, body: Buffer.from(body, 'latin1').toString('utf8') };
  }

  /** Of the body with its framing; `undefined` while that cannot be known. */
  private lengthOf(head: string, rest: string): number | undefined {
    if (isChunked(head)) {
      const last = rest.startsWith(LAST_CHUNK) ? 0 : rest.indexOf(`\r\n${LAST_CHUNK}`);
      return last < 0 ? undefined : rest.indexOf(LAST_CHUNK, last) + LAST_CHUNK.length;
    }
    const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
    if (length !== undefined) return Number(length);
    return this.ended ? rest.length : undefined;
  }
}

function isChunked(head: string): boolean {
  return /^transfer-encoding:\s*chunked/im.test(head);
}

function joinChunks(framed: string): string {
  let body = '';
  for (let at = 0; ;) {
    const lineEnd = framed.indexOf('\r\n', at);
    const size = parseInt(framed.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += framed.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
