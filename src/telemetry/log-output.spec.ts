import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogOutput } from './log-output.js';

const LINE = `${'x'.repeat(99)}\n`;

let folder: string;
let fileDescriptor: number;
/** Closed at the end of all, lest what is still to be written goes to a file that got the same number. */
const opened: number[] = [];

function open(path: string, flags: number | string): void {
  fileDescriptor = openSync(path, flags);
  opened.push(fileDescriptor);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
afterAll(() => opened.forEach((descriptor) => closeSync(descriptor)));

describe('LogOutput to a file', () => {
  beforeEach(() => open(join(folder, 'file'), 'w'));

  const written = () => readFileSync(join(folder, 'file'), 'utf8');

  it('keeps a line in memory at first, so that it costs no system call', () => {
    const output = new LogOutput({ fileDescriptor });
    output.write('one\n');
    expect(written()).toBe('');
    output.flushSync();
  });

  it('writes what it kept a moment later', async () => {
    const output = new LogOutput({ fileDescriptor });
    output.write('one\n');
    output.write('two\n');
    await vi.waitFor(() => expect(written()).toBe('one\ntwo\n'), 5_000);
    output.write('three\n');
    await vi.waitFor(() => expect(written()).toBe('one\ntwo\nthree\n'), 5_000);
  });

  it('writes at once what is worth a write', () => {
    new LogOutput({ fileDescriptor }).write(LINE.repeat(100));
    expect(written()).toHaveLength(10_000);
  });

  it('writes everything before flushSync returns', () => {
    const output = new LogOutput({ fileDescriptor });
    for (let line = 0; line < 100; line++) output.write(`${line}\n`);
    output.flushSync();
    expect(written().split('\n')).toHaveLength(101);
  });
});

describe.runIf(process.platform === 'linux')('LogOutput to a full disk', () => {
  it('goes on without it', () => {
    open('/dev/full', 'w');
    const output = new LogOutput({ fileDescriptor, maxWaiting: 100_000 });
    for (let line = 0; line < 10_000; line++) output.write(LINE);
    const began = Date.now();
    output.flushSync();
    expect(Date.now() - began).toBeLessThan(5_000);
  });
});

describe.skipIf(process.platform === 'win32')('LogOutput to a pipe', () => {
  beforeEach(() => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    open(join(folder, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
  });

  /** Reads all that is in the pipe now. */
  function read(): string {
    const buffer = Buffer.alloc(1_048_576);
    try {
      return buffer.toString('utf8', 0, readSync(fileDescriptor, buffer));
    } catch {
      return '';
    }
  }

  async function readUntil(length: number): Promise<string> {
    let text = '';
    await vi.waitFor(() => {
      text += read();
      expect(text.length).toBeGreaterThanOrEqual(length);
    }, 5_000);
    return text;
  }

  it('keeps in order what a slow reader has no room for', async () => {
    const output = new LogOutput({ fileDescriptor });
    const lines = Array.from({ length: 30_000 }, (_, line) => `line ${line}\n`);
    for (const line of lines) output.write(line);
    const all = lines.join('');
    expect(await readUntil(all.length)).toBe(all);
  });

  it('drops what is over its limit, and tells how many lines once there is room again', async () => {
    const output = new LogOutput({ fileDescriptor, maxWaiting: 50_000 });
    let dropped = 0;
    output.onDropped = (lines) => (dropped += lines);
    for (let line = 0; line < 10_000; line++) output.write(LINE);
    let text = '';
    await vi.waitFor(() => {
      text += read();
      expect(dropped).toBeGreaterThan(0);
      expect(text).toHaveLength((10_000 - dropped) * LINE.length);
    }, 5_000);
  });

  it('gives up a flush that nobody reads, so that the process can end', () => {
    const output = new LogOutput({ fileDescriptor });
    for (let line = 0; line < 10_000; line++) output.write(LINE);
    const began = Date.now();
    output.flushSync();
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});

describe('LogOutput to what cannot be written', () => {
  it('discards everything', () => {
    open(join(folder, 'file'), 'a+');
    open(join(folder, 'file'), 'r');
    const output = new LogOutput({ fileDescriptor });
    for (let line = 0; line < 1_000; line++) output.write(LINE);
    const began = Date.now();
    output.flushSync();
    expect(Date.now() - began).toBeLessThan(900);
    expect(output['buffer'] + output['rest'].toString()).toBe('');
  });
});
