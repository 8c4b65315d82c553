import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { DestinationStream } from 'pino';

/** Longest time that a line stays in the buffer while there is room, in milliseconds. */
const FLUSH_MS = 100;
/** Characters that go out in one write: a write for each line costs several times as much as the line. */
const BUFFER_LENGTH = 8_192;
/** Pause before the next attempt where there is no room. */
const RETRY_MS = 20;
/** Characters that wait for room; lines beyond are dropped and counted. */
const MAX_WAITING = 16_777_216;
/** How long `flushSync` waits for a reader that takes nothing. */
const PATIENCE_MS = 1_000;

/** A reader that is slow, a disk that is full: there may be room later. */
const PASSING = new Set(['EAGAIN', 'EBUSY', 'EINTR', 'ENOSPC', 'EDQUOT']);

export interface LogOutputOptions {
  /** 1, standard output, by default; must not block. */
  readonly fileDescriptor?: number;
  readonly maxWaiting?: number;
}

/**
 * Writes log lines to a file descriptor: many in one write, on a terminal each at once. It never blocks, so that a
 * reader that stands still stops neither the host nor its end, as it would with pino's own destination, whose writes
 * wait in a thread that Node joins before it exits.
 */
export class LogOutput implements DestinationStream {
  /** Called after lines were dropped and there is room again. */
  onDropped: (lines: number) => void = () => undefined;
  private readonly fileDescriptor: number;
  private readonly maxWaiting: number;
  private readonly bufferLength: number;
  private buffer = '';
  /** What is left of the write that was not finished. */
  private rest = Buffer.alloc(0);
  private timer: NodeJS.Timeout | undefined;
  private blocked = false;
  private closed = false;
  private dropped = 0;

  constructor({ fileDescriptor = 1, maxWaiting = MAX_WAITING }: LogOutputOptions = {}) {
    this.fileDescriptor = fileDescriptor;
    this.maxWaiting = maxWaiting;
    this.bufferLength = isatty(fileDescriptor) ? 0 : BUFFER_LENGTH;
    if (fileDescriptor === 1) unblockStandardOutput();
  }

  /** One line or several, each with its end. */
  write(lines: string): void {
    if (this.closed) return;
    if (this.buffer.length + lines.length > this.maxWaiting) return this.drop(lines);
    this.buffer += lines;
    if (this.blocked) return;
    if (this.buffer.length >= this.bufferLength) this.flush();
    else this.timer ??= setTimeout(this.flush, FLUSH_MS).unref();
  }

  /**
   * Writes what is buffered before it returns: pino asks for it after a fatal line, and whoever ends the process. Gives
   * up after a second in which the reader took nothing.
   */
  flushSync(): void {
    let giveUpAt = Number.POSITIVE_INFINITY;
    let left: number | undefined;
    while (!this.writeOut() && Date.now() < giveUpAt) {
      if (this.rest.length !== left) giveUpAt = Date.now() + PATIENCE_MS;
      left = this.rest.length;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }

  private readonly flush = () => {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.blocked = !this.writeOut();
    if (this.blocked) this.timer = setTimeout(this.flush, RETRY_MS).unref();
    else this.reportDropped();
  };

  /** Whether nothing is left to write. */
  private writeOut(): boolean {
    try {
      for (;;) {
        if (this.rest.length === 0 && !this.takeBuffer()) return true;
        this.rest = this.rest.subarray(writeSync(this.fileDescriptor, this.rest));
      }
    } catch (error) {
      if (PASSING.has((error as NodeJS.ErrnoException).code ?? '')) return false;
      this.close();
      return true;
    }
  }

  private takeBuffer(): boolean {
    if (this.buffer === '') return false;
    this.rest = Buffer.from(this.buffer);
    this.buffer = '';
    return true;
  }

  /** Nobody will ever read it. */
  private close(): void {
    this.closed = true;
    this.buffer = '';
    this.rest = Buffer.alloc(0);
  }

  private drop(lines: string): void {
    this.dropped += lines.split('\n').length - 1;
  }

  private reportDropped(): void {
    if (this.dropped === 0) return;
    const lines = this.dropped;
    this.dropped = 0;
    this.onDropped(lines);
  }
}

/** Node makes a pipe or a socket non-blocking when its stream is made, which it is at the first access. */
function unblockStandardOutput(): void {
  const kind = fstatSync(1);
  if (kind.isFIFO() || kind.isSocket()) void process.stdout;
}
