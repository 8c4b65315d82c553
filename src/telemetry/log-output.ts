import { isatty } from 'node:tty';
import { type DestinationStream, pino } from 'pino';

/** Longest time that a line stays in the buffer, in milliseconds. */
const FLUSH_MS = 100;
/** A write for every line costs 15 times as much as the line; this many bytes go out at once. */
const BUFFER_BYTES = 8_192;
/** Bytes that wait while nobody reads; what comes beyond is dropped and counted. */
const MAX_WAITING_BYTES = 16_777_216;

export interface LogOutputOptions {
  /** 1, standard output, by default. */
  readonly fileDescriptor?: number;
  readonly maxWaitingBytes?: number;
}

/**
 * Writes log lines to a file descriptor: buffered and from another thread, so that a line costs the event loop as good
 * as nothing and a reader that is slow blocks nothing; what is still buffered when the process exits is written then.
 * On a terminal each line is written at once.
 */
export class LogOutput implements DestinationStream {
  /** Called after lines were dropped and there is room again. */
  onDropped: (lines: number) => void = () => undefined;
  private readonly file: ReturnType<typeof pino.destination>;
  private flushTimer: NodeJS.Timeout | undefined;
  private dropped = 0;

  constructor({ fileDescriptor = 1, maxWaitingBytes = MAX_WAITING_BYTES }: LogOutputOptions = {}) {
    const sync = isatty(fileDescriptor);
    const buffering = sync ? {} : { minLength: BUFFER_BYTES, maxLength: maxWaitingBytes };
    this.file = pino.destination({ dest: fileDescriptor, sync, ...buffering });
    // A disk that is full or a reader that went away does not end the host; the lines wait, or are dropped.
    this.file.on('error', () => undefined);
    this.file.on('drop', () => this.dropped++);
    this.file.on('drain', () => this.reportDropped());
  }

  write(lines: string): void {
    this.file.write(lines);
    // Its own periodic flush would wake an idle process ten times a second.
    this.flushTimer ??= setTimeout(this.flush, FLUSH_MS).unref();
  }

  /** Writes what is buffered before it returns. Called by pino after a fatal line, and at the exit. */
  flushSync(): void {
    this.file.flushSync();
  }

  private readonly flush = () => {
    this.flushTimer = undefined;
    this.file.flush();
  };

  private reportDropped(): void {
    if (this.dropped === 0) return;
    const lines = this.dropped;
    this.dropped = 0;
    this.onDropped(lines);
  }
}
