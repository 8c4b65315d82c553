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

/** The lines of an invocation. */
export interface Log {
  /** What it wrote. */
  readonly own: readonly LiveLine[];
  /** What was written meanwhile by nobody knows whom. */
  readonly others: readonly LiveLine[];
  /** Lines of its time are not kept any more. */
  readonly isCut: boolean;
}

/** The last invocations that were told, newest first, the last lines that the function wrote, and one that is looked at. */
export class Invocations {
  all: Invocation[] = [];
  private lines: LiveLine[] = [];
  /** When the last line was written of those that are not kept any more. */
  private cutAt = Number.NEGATIVE_INFINITY;
  private readonly running = new Map<string, Invocation>();
  private lastKey = 0;
  /** Stays, with its log, however much comes after it. */
  private looked: { readonly invocation: Invocation; readonly isCut: boolean; lines: LiveLine[] } | undefined;

  add(event: LiveEvent): void {
    switch (event.kind) {
      case 'started':
        this.running.set(event.requestId, this.insert(event, undefined));
        break;
      case 'settled':
        this.settle(event);
        break;
      case 'log':
        this.addLine(event);
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
    if (this.looked && lost.has(this.looked.invocation)) this.looked = undefined;
  }

  lookAt(invocation: Invocation): void {
    const lines = this.lines.filter((line) => isOf(line, invocation));
    this.looked = { invocation, isCut: beginOf(invocation) <= this.cutAt, lines };
  }

  get lookedAt(): { readonly invocation: Invocation; readonly log: Log } | undefined {
    if (!this.looked) return undefined;
    const { invocation, isCut, lines } = this.looked;
    // That it ended may have been told since.
    const ofIt = lines.filter((line) => isOf(line, invocation));
    const own = ofIt.filter(({ requestId }) => requestId !== undefined);
    return { invocation, log: { own, others: ofIt.filter(({ requestId }) => requestId === undefined), isCut } };
  }

  private addLine(line: LiveLine): void {
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.cutAt = this.lines.shift()?.at ?? this.cutAt;
    if (this.looked && this.looked.lines.length < MAX_LINES && isOf(line, this.looked.invocation)) {
      this.looked.lines.push(line);
    }
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

function beginOf({ start, end }: Invocation): number {
  return end ? end.at - end.ranMs : start.at;
}

/** Whether it wrote a line, or may have. */
function isOf({ requestId, at }: LiveLine, invocation: Invocation): boolean {
  if (requestId !== undefined) return requestId === invocation.start.requestId;
  const until = invocation.end ? invocation.end.at + LATE_MS : Number.POSITIVE_INFINITY;
  return at >= beginOf(invocation) - LATE_MS && at <= until;
}
