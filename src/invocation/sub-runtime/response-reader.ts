import { ByteCollector } from './byte-collector.js';
import { ChunkedDecoder } from './chunked-decoder.js';
import { readResponseHead, type ResponseHead } from './response-head.js';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** As Node's own limit. */
const MAX_HEAD = 16_384;
/** What is reserved at most for a body before any of it has come. */
const RESERVED = 1_048_576;
/** Answers such as `103 Early Hints` before the answer. */
const MAX_INTERIM = 16;

export type ResponseState = 'more' | 'complete' | 'too-large' | 'invalid';

/** Reads one response, which may come in any pieces; nothing of them is kept but copies. */
export class ResponseReader {
  head: ResponseHead | undefined;
  /** Bytes came behind the end of the response. */
  hasExcess = false;
  private state: ResponseState = 'more';
  private pending: Buffer | undefined;
  private interim = 0;
  private body: ByteCollector | undefined;
  private chunked: ChunkedDecoder | undefined;

  /** @param maxSize Of the body, in bytes. */
  constructor(private readonly maxSize: number) {}

  /** Reads on. `bytes` may be overwritten afterwards. */
  read(bytes: Buffer): ResponseState {
    if (!this.head) this.readHead(bytes);
    else this.readBody(this.head, bytes, 0);
    return this.state;
  }

  /** The connection was closed in order. */
  end(): ResponseState {
    const isComplete = this.state === 'more' && this.head?.framing.kind === 'until-close';
    if (isComplete) this.state = 'complete';
    return this.state;
  }

  /** The whole body of a complete response. */
  collected(): Buffer {
    return this.body?.collected() ?? Buffer.alloc(0);
  }

  private readHead(arrived: Buffer): void {
    const bytes = this.pending ? Buffer.concat([this.pending, arrived]) : arrived;
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0 ? bytes.length > MAX_HEAD : end > MAX_HEAD) this.state = 'invalid';
    else if (end < 0) this.pending = this.pending ? bytes : Buffer.from(bytes);
    else this.takeHead(bytes, end);
  }

  private takeHead(bytes: Buffer, end: number): void {
    const head = readResponseHead(bytes.toString('latin1', 0, end));
    const start = end + END_OF_HEAD.length;
    this.pending = undefined;
    // What comes after 101 is no HTTP any more.
    if (!head || head.statusCode === 101) this.state = 'invalid';
    else if (head.statusCode >= 200) this.beginBody(head, bytes, start);
    else if (++this.interim > MAX_INTERIM) this.state = 'invalid';
    else if (start < bytes.length) this.readHead(bytes.subarray(start));
  }

  private beginBody(head: ResponseHead, bytes: Buffer, start: number): void {
    this.head = head;
    const { framing } = head;
    if (framing.kind === 'length' && framing.length > this.maxSize) {
      this.state = 'too-large';
      return;
    }
    const body = new ByteCollector(framing.kind === 'length' ? Math.min(framing.length, RESERVED) : 0);
    this.body = body;
    if (framing.kind === 'chunked') this.chunked = new ChunkedDecoder((data) => body.add(data));
    this.readBody(head, bytes, start);
  }

  private readBody({ framing }: ResponseHead, bytes: Buffer, start: number): void {
    switch (framing.kind) {
      case 'length':
        return this.readLength(framing.length, bytes, start);
      case 'chunked':
        return this.readChunks(bytes, start);
      case 'until-close':
        this.add(bytes.subarray(start));
    }
  }

  private readLength(length: number, bytes: Buffer, start: number): void {
    const body = this.body as ByteCollector;
    const end = start + length - body.length;
    body.add(bytes.subarray(start, end));
    if (body.length === length) this.complete(bytes, end);
  }

  private readChunks(bytes: Buffer, start: number): void {
    const { state, end } = (this.chunked as ChunkedDecoder).read(bytes, start);
    if ((this.body as ByteCollector).length > this.maxSize) this.state = 'too-large';
    else if (state === 'complete') this.complete(bytes, end);
    else this.state = state;
  }

  private add(data: Buffer): void {
    const body = this.body as ByteCollector;
    if (body.length + data.length > this.maxSize) this.state = 'too-large';
    else body.add(data);
  }

  private complete(bytes: Buffer, end: number): void {
    this.state = 'complete';
    this.hasExcess = end < bytes.length;
  }
}
