const GENERATION = 5_000;

/** The ids of the invocations that run, and of at least the last 5,000 that ended, of at most twice as many. */
export class RecentInvocations {
  private readonly running = new Set<string>();
  private current = new Set<string>();
  private previous: ReadonlySet<string> = new Set();

  started(requestId: string): void {
    this.running.add(requestId);
  }

  ended(requestId: string): void {
    this.running.delete(requestId);
    if (this.current.size >= GENERATION) {
      this.previous = this.current;
      this.current = new Set();
    }
    this.current.add(requestId);
  }

  has(requestId: string): boolean {
    return this.running.has(requestId) || this.current.has(requestId) || this.previous.has(requestId);
  }
}
