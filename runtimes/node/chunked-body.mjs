const NOTHING = Buffer.alloc(0);
const LINE_END = Buffer.from('\r\n');
const SIZE_LINE = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/;
const MAX_LINE = 4096;

/** A body in chunks (RFC 9112, 7.1); extensions and trailers are read and forgotten. */
export class ChunkedBody {
  error;
  #parts = [];
  #size = 0;
  #pending = NOTHING;
  /** Bytes of the chunk, with the line's end behind it, that are still to come; 0: a size is next; -1: trailers. */
  #missing = 0;
  #maxSize;

  constructor(maxSize) {
    this.#maxSize = maxSize;
  }

  get bytes() {
    return Buffer.concat(this.#parts, this.#size);
  }

  /** What lies behind the end of the body, `undefined` while it is not complete; then `error` may be set. */
  add(bytes) {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.error === undefined) {
      if (this.#missing > 0) {
        if (!this.#takeData()) return undefined;
        continue;
      }
      const line = this.#takeLine();
      if (line === undefined) return undefined;
      if (this.#missing === 0) this.#takeSize(line);
      else if (line === '') return this.#pending;
    }
    return undefined;
  }

  /** Whether the chunk is complete. */
  #takeData() {
    const taken = this.#pending.subarray(0, this.#missing);
    this.#pending = this.#pending.subarray(taken.length);
    const data = taken.subarray(0, Math.max(0, this.#missing - LINE_END.length));
    this.#missing -= taken.length;
    if (data.length > 0) this.#parts.push(data);
    this.#size += data.length;
    return this.#missing === 0;
  }

  #takeLine() {
    const end = this.#pending.indexOf(LINE_END);
    if (end < 0) {
      if (this.#pending.length > MAX_LINE) this.error = 'a line between the chunks is too long';
      return undefined;
    }
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + LINE_END.length);
    return line;
  }

  #takeSize(line) {
    const digits = SIZE_LINE.exec(line)?.[1];
    const size = parseInt(digits ?? '', 16);
    if (digits === undefined) this.error = 'that is no size of a chunk';
    else if (this.#size + size > this.#maxSize) this.error = `a body has at most ${this.#maxSize} bytes`;
    else this.#missing = size === 0 ? -1 : size + LINE_END.length;
  }
}
