import type { Readable } from 'node:stream';

/** Longest line that is kept in one piece, in bytes. */
export const MAX_LINE_BYTES = 65_536;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Control characters but the tab: they could rewrite what an operator sees on a terminal. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/**
 * Calls `onLine` for each line that a stream gives, without its end. A line of more than 64 KiB comes in pieces that end
 * between characters; control characters are escaped as `\u001b`; bytes that are no UTF-8 become U+FFFD.
 */
export function relayLines(stream: Readable, onLine: (line: string) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let start = 0;
    for (let end = pending.indexOf(NEWLINE); end >= 0; end = pending.indexOf(NEWLINE, start)) {
      emitPieces(withoutReturn(pending.subarray(start, end)), onLine);
      start = end + 1;
    }
    pending = emitWholePieces(pending.subarray(start), onLine);
  };
  stream.on('data', take);
  stream.on('end', () => {
    if (pending.length > 0) emitPieces(withoutReturn(pending), onLine);
  });
  stream.on('error', () => undefined);
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function emitPieces(line: Buffer, onLine: (line: string) => void): void {
  onLine(escape(emitWholePieces(line, onLine)));
}

/** Gives what is left of a line once everything over the limit has been handed over. */
function emitWholePieces(line: Buffer, onLine: (line: string) => void): Buffer {
  let rest = line;
  while (rest.length > MAX_LINE_BYTES) {
    const end = endOfCharacter(rest, MAX_LINE_BYTES);
    onLine(escape(rest.subarray(0, end)));
    rest = rest.subarray(end);
  }
  return rest;
}

const LONGEST_CHARACTER = 4;

/** The nearest place at or before `limit` that is not inside a character of UTF-8. */
function endOfCharacter(bytes: Buffer, limit: number): number {
  for (let end = limit; end > limit - LONGEST_CHARACTER; end--) {
    if (((bytes[end] ?? 0) & 0xc0) !== 0x80) return end;
  }
  return limit;
}

function escape(line: Buffer): string {
  return line
    .toString('utf8')
    .replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
