import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogOutput } from './log-output.js';

describe('LogOutput', () => {
  let folder: string;
  let path: string;
  let fileDescriptor: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-output-'));
    path = join(folder, 'out');
    fileDescriptor = openSync(path, 'w');
  });

  afterEach(() => {
    closeSync(fileDescriptor);
    rmSync(folder, { recursive: true });
  });

  const written = () => readFileSync(path, 'utf8');

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

  it('writes at once what is worth a write', async () => {
    const output = new LogOutput({ fileDescriptor });
    const lines = `${'x'.repeat(99)}\n`.repeat(1_000);
    for (let block = 0; block < 10; block++) output.write(lines);
    await vi.waitFor(() => expect(written()).toHaveLength(1_000_000), 5_000);
  });

  it('writes everything before flushSync returns', () => {
    const output = new LogOutput({ fileDescriptor });
    for (let line = 0; line < 100; line++) output.write(`${line}\n`);
    output.flushSync();
    expect(written().split('\n')).toHaveLength(101);
  });

  it('drops what is over its limit, and tells how much once there is room again', async () => {
    const output = new LogOutput({ fileDescriptor, maxWaitingBytes: 100 });
    const reported = new Promise<number>((resolve) => (output.onDropped = resolve));
    output.write(`${'x'.repeat(10_000)}\n`);
    output.write(`a\n${'y'.repeat(10_000)}\n`);
    output.write('short\n');
    expect(await reported).toBe(3);
    expect(written()).toBe('short\n');
  });

  it.runIf(process.platform === 'linux')('survives a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const output = new LogOutput({ fileDescriptor: full, maxWaitingBytes: 100_000 });
    for (let turn = 0; turn < 3; turn++) {
      output.write(`${'x'.repeat(10_000)}\n`);
      await new Promise((resolve) => output['file'].once('error', resolve));
    }
    output['file'].destroy();
    closeSync(full);
  });
});
