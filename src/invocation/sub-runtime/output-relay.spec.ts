import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, relayLines } from './output-relay.js';

async function relay(...chunks: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = new PassThrough();
  relayLines(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  return lines;
}

describe('section 7: the output of the sub-runtime becomes lines', () => {
  it('joins what came in pieces, and gives the last line without its end', async () => {
    expect(await relay('a', 'b\nc\r\n', '\nd')).toEqual(['ab', 'c', '', 'd']);
  });

  it('splits a line at 64 KiB, ended or not', async () => {
    const lines = await relay('x'.repeat(MAX_LINE_BYTES * 2 + 1), '\n', 'y'.repeat(MAX_LINE_BYTES + 1));
    expect(lines.map((line) => line.length)).toEqual([MAX_LINE_BYTES, MAX_LINE_BYTES, 1, MAX_LINE_BYTES, 1]);
  });

  it('holds no more than a line of what has no end', async () => {
    const lines: string[] = [];
    const stream = new PassThrough();
    relayLines(stream, (line) => lines.push(line));
    stream.write('z'.repeat(1_000_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines.join('').length).toBeGreaterThan(1_000_000 - MAX_LINE_BYTES - 1);
  });

  it('escapes control characters, but not the tab', async () => {
    expect(await relay('\u001b[31mred\u0007\tx\u009b\u0000\n')).toEqual(['\\u001b[31mred\\u0007\tx\\u009b\\u0000']);
  });

  it('cuts a long line between characters', async () => {
    const lines = await relay(`x${'é'.repeat(MAX_LINE_BYTES)}\n`);
    expect(lines.join('')).toBe(`x${'é'.repeat(MAX_LINE_BYTES)}`);
    expect(lines.every((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES)).toBe(true);
  });

  it('keeps characters whole that were cut between chunks', async () => {
    const bytes = Buffer.from('é\n');
    expect(await relay(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['é']);
  });
});
