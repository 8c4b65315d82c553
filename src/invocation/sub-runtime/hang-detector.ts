/** How long nothing may complete after a timeout while other work runs or waits. */
export const HANG_MS = 10_000;

export interface HangDetectorOptions {
  /** Invocations that run within their deadline, plus those that wait for a permit. */
  readonly hasOtherWork: () => boolean;
  readonly onHang: () => void;
  readonly hangMs?: number;
}

/**
 * Tells a sub-runtime that is silent from one that has a slow handler: after an invocation timed out, something else
 * has to complete within 10 s while anything runs or waits.
 */
export class HangDetector {
  private timedOut = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HangDetectorOptions) {}

  /** An invocation passed its deadline; the handler may still run. */
  timeout(): void {
    this.timedOut++;
    this.watch();
  }

  /** More work came; matters only after a timeout. */
  work(): void {
    if (this.timedOut > 0) this.watch();
  }

  /** An invocation completed, be it one that had timed out. */
  completion(ofTimedOut: boolean): void {
    if (ofTimedOut) this.timedOut--;
    this.stop();
    if (this.timedOut > 0) this.watch();
  }

  /** An invocation ended without an answer of the sub-runtime, which says nothing about its being alive. */
  end(ofTimedOut: boolean): void {
    if (ofTimedOut && --this.timedOut === 0) this.stop();
  }

  reset(): void {
    this.timedOut = 0;
    this.stop();
  }

  private watch(): void {
    if (this.timer || !this.options.hasOtherWork()) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.options.hasOtherWork()) this.options.onHang();
    }, this.options.hangMs ?? HANG_MS);
    this.timer.unref();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
