// HTTP/1.1 (RFC 9112), as much of it as a peer on loopback needs: keep-alive, bodies by Content-Length or in chunks, cut
// into any pieces. For one request and its answer it takes about half of the CPU time that `node:http` takes.
import { ChunkedBody } from './chunked-body.mjs';

const NOTHING = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD = 65_536;
/** The longest text that a string can hold. */
const MAX_BODY = 0x1fff_ffe8;

const REQUEST_LINE = /^[A-Z]+ \S+ HTTP\/1\.([01])(?:\r\n|$)/;
const CONTENT_LENGTH = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r\n|$)/i;
const CHUNKED = /\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?:\r\n|$)/i;
const CONNECTION = /\r\nconnection:[ \t]*([^\r]*)/i;
const EXPECT = /\r\nexpect:[ \t]*100-continue/i;

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
};

/** One connection, one request after another. */
export class HttpConnection {
  /** What has arrived and belongs to no request yet. */
  #rest = NOTHING;
  /** The body that is arriving: `add(bytes)` gives what lies behind its end, or `undefined` before that. */
  #body;
  #busy = false;
  #closeAfterAnswer = false;
  #closing = false;
  #gone = false;
  #socket;
  #serve;
  #onDone;

  /**
   * @param {import('node:net').Socket} socket
   * @param {(text: string) => Promise<{ status: number, type: string, body: string | Uint8Array }>} serve Never rejects.
   * @param {() => void} onDone Called once: the connection is closed and nothing of it runs any more.
   */
  constructor(socket, serve, onDone) {
    this.#socket = socket;
    this.#serve = serve;
    this.#onDone = onDone;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('end', () => this.finish(true));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#leave());
  }

  /** Takes no further request: closes when what has begun is answered. `peerEnded`: what is incomplete stays so. */
  finish(peerEnded = false) {
    this.#closeAfterAnswer = true;
    const incomplete = this.#body !== undefined || this.#rest.length > 0;
    if (!this.#busy && (peerEnded || !incomplete)) this.#close();
  }

  #take(bytes) {
    if (this.#closing) return;
    if (this.#body) return this.#takeBody(bytes);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (!this.#busy) this.#next();
    else if (this.#rest.length > MAX_HEAD) this.#socket.pause();
  }

  #next() {
    const end = this.#rest.indexOf(HEAD_END);
    const size = end < 0 ? this.#rest.length : end;
    if (size > MAX_HEAD) return this.#refuse(431, 'the head of the request is too long');
    if (end < 0) return;
    const head = this.#rest.toString('latin1', 0, end);
    const behind = this.#rest.subarray(end + HEAD_END.length);
    this.#rest = NOTHING;
    this.#begin(head, behind);
  }

  #begin(head, behind) {
    const line = REQUEST_LINE.exec(head);
    if (!line) return this.#refuse(400, 'that is no HTTP/1.1 request');
    const connection = CONNECTION.exec(head)?.[1].toLowerCase();
    if (connection === 'close' || (line[1] === '0' && connection !== 'keep-alive')) this.#closeAfterAnswer = true;
    const chunked = CHUNKED.test(head);
    const length = chunked ? 0 : Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
    if (length > MAX_BODY) return this.#refuse(413, `a body has at most ${MAX_BODY} bytes`);
    if (!chunked && behind.length >= length) return this.#run(behind, length, behind.subarray(length));
    if (EXPECT.test(head)) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    this.#body = chunked ? new ChunkedBody(MAX_BODY) : new SizedBody(length);
    this.#takeBody(behind);
  }

  #takeBody(bytes) {
    const behind = this.#body.add(bytes);
    if (this.#body.error) return this.#refuse(400, this.#body.error);
    if (behind === undefined) return;
    const whole = this.#body.bytes;
    this.#body = undefined;
    this.#run(whole, whole.length, behind);
  }

  #run(bytes, length, behind) {
    this.#busy = true;
    this.#rest = behind;
    void this.#serve(bytes.toString('utf8', 0, length)).then((answer) => this.#end(answer));
  }

  #end(answer) {
    this.#busy = false;
    if (this.#gone) return this.#onDone();
    this.#answer(answer);
    if (this.#closeAfterAnswer) return this.#close();
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#rest.length > 0) this.#next();
  }

  #answer({ status, type, body }) {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const head =
      `HTTP/1.1 ${status} ${REASONS[status]}\r\n` +
      (type ? `Content-Type: ${type}\r\n` : '') +
      (this.#closeAfterAnswer ? 'Connection: close\r\n' : '') +
      `Content-Length: ${length}\r\n\r\n`;
    if (typeof body === 'string') {
      // As many bytes as characters: ASCII, for which this encoding is the cheaper one.
      this.#socket.write(head + body, length === body.length ? 'latin1' : 'utf8');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #refuse(status, body) {
    this.#body = undefined;
    this.#closeAfterAnswer = true;
    this.#answer({ status, type: 'text/plain; charset=utf-8', body });
    this.#close();
  }

  /** Once everything is written; does not wait for the peer to close, too. */
  #close() {
    this.#closing = true;
    this.#socket.end(() => this.#socket.destroy());
  }

  #leave() {
    this.#gone = true;
    if (!this.#busy) this.#onDone();
  }
}

/** A body whose length is known: copied once, to where it stays. */
class SizedBody {
  #filled = 0;

  constructor(length) {
    this.bytes = Buffer.allocUnsafe(length);
  }

  add(bytes) {
    const copied = bytes.copy(this.bytes, this.#filled);
    this.#filled += copied;
    return this.#filled === this.bytes.length ? bytes.subarray(copied) : undefined;
  }
}
