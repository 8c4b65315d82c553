import { isatty } from 'node:tty';
import { type DestinationStream, pino } from 'pino';

/** Longest time that a line stays in the buffer, in milliseconds. */
const FLUSH_MS = 100;
/** Characters that go out in one write: a write for each line costs several times as much as the line. */
const BUFFER_LENGTH = 8_192;
/** Bytes that wait while nobody reads; what comes beyond is dropped and counted. */
const MAX_WAITING_BYTES = 16_777_216;

export interface LogOutputOptions {
  /** 1, standard output, by default. */
  readonly fileDescriptor?: number;
  readonly maxWaitingBytes?: number;
}

/**
 * Writes log lines to a file descriptor: buffered and from another thread, so that a line costs the event loop as good
 * as nothing and a reader that is slow blocks nothing. On a terminal each line is written at once.
 */
export class LogOutput implements DestinationStream {
  /** Called after lines were dropped and there is room again. */
  onDropped: (lines: number) => void = () => undefined;
  private readonly file: ReturnType<typeof pino.destination>;
  private readonly bufferLength: number;
  private buffer = '';
  private flushTimer: NodeJS.Timeout | undefined;
  private dropped = 0;

  constructor({ fileDescriptor = 1, maxWaitingBytes = MAX_WAITING_BYTES }: LogOutputOptions = {}) {
    const sync = isatty(fileDescriptor);
    this.bufferLength = sync ? 0 : BUFFER_LENGTH;
    this.file = pino.destination({ dest: fileDescriptor, sync, maxLength: maxWaitingBytes });
    // A disk that is full or a reader that went away does not end the host; the lines wait, or are dropped.
    this.file.on('error', () => undefined);
    this.file.on('drop', (lines) => (this.dropped += lines.split('\n').length - 1));
    this.file.on('drain', () => this.reportDropped());
  }

  /** One line or several, each with its end. */
  write(lines: string): void {
    // Not left to the file, which measures all that it has buffered at every line: that costs more than the line.
    this.buffer += lines;
    if (this.buffer.length >= this.bufferLength) this.flush();
    else this.flushTimer ??= setTimeout(this.flush, FLUSH_MS).unref();
  }

  /** Writes what is buffered before it returns: pino asks for it after a fatal line, and whoever ends the process. */
  flushSync(): void {
    // What is written while the file waits for more is only queued, and so is left for its `flushSync`.
    Object.assign(this.file, { minLength: Number.POSITIVE_INFINITY });
    this.flush();
    Object.assign(this.file, { minLength: 0 });
    this.file.flushSync();
  }

  private readonly flush = () => {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const lines = this.buffer;
    this.buffer = '';
    if (lines !== '') this.file.write(lines);
  };

  private reportDropped(): void {
    if (this.dropped === 0) return;
    const lines = this.dropped;
    this.dropped = 0;
    this.onDropped(lines);
  }
}
