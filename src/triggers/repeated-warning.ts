/** Least time between two warnings of the same. */
export const WARNING_INTERVAL_MS = 5_000;

/**
 * Says what happens often at most once every few seconds, with how often it happened since: the first time at once, so
 * that it is seen, then the sum.
 */
export class RepeatedWarning {
  private count = 0;
  private last = '';
  private timer: NodeJS.Timeout | undefined;

  /** @param say Writes the warning, given how often it happened since the last one and the latest detail. */
  constructor(private readonly say: (count: number, last: string) => void) {}

  add(detail = ''): void {
    this.count++;
    this.last = detail;
    if (!this.timer) this.flush();
  }

  /** Says at once what has not been said. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.count === 0) return;
    const { count, last } = this;
    this.count = 0;
    this.timer = setTimeout(() => this.flush(), WARNING_INTERVAL_MS);
    this.timer.unref();
    this.say(count, last);
  }
}
