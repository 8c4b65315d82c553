import type { ExportTrouble } from './export-trouble.js';
import { toOtlpJson } from './otlp-json.js';
import type { SendResult } from './otlp-sender.js';
import type { Span } from './span.js';
import type { TraceSettings } from './trace-settings.js';

/** Who takes batches away. */
export interface BatchSender {
  /** Never rejects. */
  send(body: string): Promise<SendResult>;
  abort(): void;
}

export type QueueSettings = Pick<TraceSettings, 'maxQueueSize' | 'maxBatchSize' | 'delayMs' | 'resource'>;

/** Why spans were lost. */
export type DropReason = 'queue full' | 'refused' | 'unreachable';

const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;

/** Spans on their way to the collector: in batches, one at a time, in a queue that has an end. */
export class SpanQueue {
  exported = 0;
  readonly dropped: Record<DropReason, number> = { 'queue full': 0, refused: 0, unreachable: 0 };
  private waiting: Span[] = [];
  private timer: NodeJS.Timeout | undefined;
  private exporting: Promise<void> | undefined;
  private endPause: (() => void) | undefined;
  private ending = false;

  constructor(
    private readonly settings: QueueSettings,
    private readonly sender: BatchSender,
    private readonly trouble: ExportTrouble,
  ) {}

  /** On the way of every event. The newest is lost where the queue is full. */
  add(span: Span): void {
    if (this.waiting.length >= this.settings.maxQueueSize) return this.drop('queue full', 1);
    this.waiting.push(span);
    if (this.exporting) return;
    this.schedule();
  }

  private schedule(): void {
    if (this.waiting.length >= this.settings.maxBatchSize) this.exportNow();
    else this.timer ??= setTimeout(() => this.exportNow(), this.settings.delayMs).unref();
  }

  /** Exports all that waits. */
  exportNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.exporting ??= this.exportAll().finally(() => {
      this.exporting = undefined;
      if (this.waiting.length > 0) this.schedule();
    });
  }

  /** Exports what it can within `timeoutMs`; what waits to be tried again is tried now, and what fails now is lost. */
  async end(timeoutMs: number): Promise<void> {
    this.ending = true;
    this.endPause?.();
    const timer = setTimeout(() => this.sender.abort(), timeoutMs);
    this.exportNow();
    await this.exporting;
    clearTimeout(timer);
  }

  private async exportAll(): Promise<void> {
    // Begins in another turn of the event loop: not on the way of the event that filled a batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, this.settings.maxBatchSize);
      this.waiting = this.waiting.slice(batch.length);
      const isTaken = await this.exportBatch(batch);
      if (this.ending && !isTaken) this.drop('unreachable', this.waiting.splice(0).length);
    }
  }

  private async exportBatch(batch: readonly Span[]): Promise<boolean> {
    const body = toOtlpJson(this.settings.resource, batch);
    for (let attempt = 1; ; attempt++) {
      const result = await this.sender.send(body);
      switch (result.kind) {
        case 'taken':
          this.take(batch.length, Math.min(result.rejected, batch.length));
          return true;
        case 'refused':
          this.drop('refused', batch.length, `it answered ${result.status}`);
          return false;
        case 'failed':
          this.trouble.begin(result.problem);
          if (attempt >= MAX_ATTEMPTS || this.ending) {
            this.drop('unreachable', batch.length, result.problem);
            return false;
          }
          await this.pause(result.retryAfterMs ?? pauseMs(attempt));
      }
    }
  }

  private take(count: number, rejected: number): void {
    this.exported += count - rejected;
    if (rejected > 0) this.drop('refused', rejected, 'it took only a part of them');
    else this.trouble.end();
  }

  private drop(reason: DropReason, count: number, problem = 'it takes them too slowly'): void {
    if (count === 0) return;
    this.dropped[reason] += count;
    this.trouble.begin(problem, count);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** 1, 2, 4 and 8 s, +-50 %. */
function pauseMs(attempt: number): number {
  return FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}
