const LINE_FEED = 0x0a;
/** A size and its extensions, or a line of the trailer. */
const MAX_LINE = 4_096;
const MAX_TRAILER_LINES = 100;
/** RFC 9112, 7.1: more digits than any limit on a response allows are an attack. */
const SIZE_LINE = /^([0-9a-fA-F]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r$/;

export type ChunkedState = 'more' | 'complete' | 'invalid';

/** Decodes a chunked body, which may come in any pieces. */
export class ChunkedDecoder {
  private part: 'size' | 'data' | 'data-end' | 'trailer' = 'size';
  private line = '';
  private left = 0;
  private trailerLines = 0;

  /** @param onData Is given views of what is read. */
  constructor(private readonly onData: (data: Buffer) => void) {}

  /**
   * Reads on in `bytes` from `start`.
   *
   * @returns What became of the body, and the index behind the last byte that was read.
   */
  read(bytes: Buffer, start: number): { readonly state: ChunkedState; readonly end: number } {
    let at = start;
    while (at < bytes.length) {
      if (this.part === 'data') {
        const end = Math.min(bytes.length, at + this.left);
        this.onData(bytes.subarray(at, end));
        this.left -= end - at;
        at = end;
        if (this.left === 0) this.part = 'data-end';
        continue;
      }
      const feed = bytes.indexOf(LINE_FEED, at);
      const end = feed < 0 ? bytes.length : feed;
      if (this.line.length + end - at > MAX_LINE) return { state: 'invalid', end };
      this.line += bytes.toString('latin1', at, end);
      at = end + 1;
      if (feed < 0) break;
      const state = this.endLine();
      if (state !== 'more') return { state, end: at };
    }
    return { state: 'more', end: bytes.length };
  }

  private endLine(): ChunkedState {
    const { line } = this;
    this.line = '';
    if (this.part === 'trailer') return this.endTrailerLine(line);
    if (this.part === 'data-end') {
      this.part = 'size';
      return line === '\r' ? 'more' : 'invalid';
    }
    const size = SIZE_LINE.exec(line);
    if (!size) return 'invalid';
    this.left = Number.parseInt(size[1] as string, 16);
    this.part = this.left === 0 ? 'trailer' : 'data';
    return 'more';
  }

  private endTrailerLine(line: string): ChunkedState {
    if (line === '\r') return 'complete';
    return line.endsWith('\r') && ++this.trailerLines <= MAX_TRAILER_LINES ? 'more' : 'invalid';
  }
}
