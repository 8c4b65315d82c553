import { Readable } from 'node:stream';
import type { LiveEvent } from '../figures/live-events.js';

/** What may lie here for a reader who takes it too slowly; the socket's own buffers come on top. */
const MAX_BUFFERED = 65_536;
/** Ends of seconds, one after the other, that a reader may miss before the connection is taken for dead. */
const MAX_MISSED = 30;

/** Told to a reader who was too slow. */
interface Skipped {
  readonly kind: 'skipped';
  readonly at: number;
  /** What happened meanwhile and was not sent. */
  readonly count: number;
}

/**
 * Live events as lines of JSON for one reader, who can hold up nobody: what he is too slow for is left out, and how much
 * that was is said; one who takes nothing for half a minute is cut off.
 */
export class LiveStream extends Readable {
  private skipped = 0;
  private missedSeconds = 0;
  private isOver = false;

  constructor() {
    super({ highWaterMark: MAX_BUFFERED });
    // For whoever waits for the head of the answer.
    this.write({ kind: 'open', at: Date.now() });
  }

  override _read(): void {
    // What comes is pushed when it comes.
  }

  tell(event: LiveEvent): void {
    if (this.destroyed || this.isOver) return;
    if (this.readableLength >= MAX_BUFFERED) return this.skip(event);
    this.missedSeconds = 0;
    if (this.skipped > 0) this.write({ kind: 'skipped', at: event.at, count: this.skipped });
    this.skipped = 0;
    this.write(event);
  }

  /** Nothing more comes. */
  end(): void {
    this.isOver = true;
    this.push(null);
  }

  private skip({ kind }: LiveEvent): void {
    this.skipped++;
    if (kind === 'second' && ++this.missedSeconds >= MAX_MISSED) this.destroy();
  }

  private write(line: LiveEvent | Skipped | { readonly kind: 'open'; readonly at: number }): void {
    this.push(`${JSON.stringify(line)}\n`);
  }
}
