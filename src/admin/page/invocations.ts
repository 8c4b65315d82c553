import type { LiveEnd, LiveEvent, LiveLine, LiveStart } from '../../figures/live-events.js';

const MAX_INVOCATIONS = 300;
const MAX_LINES = 2_000;
/** A line may come a little after the outcome: it takes another way. */
const LATE_MS = 250;

export interface Invocation {
  /** Of this list: a request id may come again. */
  readonly key: number;
  readonly start: LiveStart | LiveEnd;
  end: LiveEnd | undefined;
}

/** The last invocations that were told, newest first, and the last lines that the function wrote. */
export class Invocations {
  all: Invocation[] = [];
  private lines: LiveLine[] = [];
  private readonly running = new Map<string, Invocation>();
  private lastKey = 0;

  add(event: LiveEvent): void {
    switch (event.kind) {
      case 'started':
        this.running.set(event.requestId, this.insert(event, undefined));
        break;
      case 'settled':
        this.settle(event);
        break;
      case 'log':
        this.lines.push(event);
        if (this.lines.length > MAX_LINES) this.lines = this.lines.slice(-MAX_LINES);
        break;
      case 'second':
        break;
    }
  }

  /** Nobody will tell what becomes of those that run. */
  forgetRunning(): void {
    const lost = new Set(this.running.values());
    this.running.clear();
    this.all = this.all.filter((invocation) => !lost.has(invocation));
  }

  byKey(key: number | undefined): Invocation | undefined {
    return this.all.find((invocation) => invocation.key === key);
  }

  /** What it wrote, and what was written meanwhile by nobody knows whom. */
  linesOf({ start, end }: Invocation): { readonly own: LiveLine[]; readonly others: LiveLine[] } {
    const began = end ? end.at - end.ranMs : start.at;
    const until = end ? end.at + LATE_MS : Number.POSITIVE_INFINITY;
    return {
      own: this.lines.filter(({ requestId }) => requestId === start.requestId),
      others: this.lines.filter(({ requestId, at }) => requestId === undefined && at >= began - LATE_MS && at <= until),
    };
  }

  private settle(event: LiveEnd): void {
    const running = this.running.get(event.requestId);
    this.running.delete(event.requestId);
    if (running) running.end = event;
    else this.insert(event, event);
  }

  private insert(start: LiveStart | LiveEnd, end: LiveEnd | undefined): Invocation {
    const invocation: Invocation = { key: ++this.lastKey, start, end };
    this.all = [invocation, ...this.all.slice(0, MAX_INVOCATIONS - 1)];
    return invocation;
  }
}
