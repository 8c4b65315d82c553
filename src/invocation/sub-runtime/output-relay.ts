import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/** Longest line that is kept in one piece. */
export const MAX_LINE_BYTES = 65_536;

/** Control characters but the tab: they could rewrite what an operator sees on a terminal. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/**
 * Calls `onLine` for each line that a stream gives, without its end. A line of more than 64 KiB comes in pieces;
 * control characters are escaped as `\u001b`; bytes that are no UTF-8 become U+FFFD.
 */
export function relayLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  const take = (text: string, atEnd: boolean) => {
    const lines = (pending + text).split('\n');
    pending = atEnd ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      if (!atEnd || line !== '') emitPieces(line.endsWith('\r') ? line.slice(0, -1) : line, onLine);
    }
    while (pending.length > MAX_LINE_BYTES) {
      onLine(escape(pending.slice(0, MAX_LINE_BYTES)));
      pending = pending.slice(MAX_LINE_BYTES);
    }
  };
  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk), false));
  stream.on('end', () => take(decoder.end(), true));
  stream.on('error', () => undefined);
}

function emitPieces(line: string, onLine: (line: string) => void): void {
  let start = 0;
  do {
    onLine(escape(line.slice(start, start + MAX_LINE_BYTES)));
    start += MAX_LINE_BYTES;
  } while (start < line.length);
}

function escape(line: string): string {
  return line.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
