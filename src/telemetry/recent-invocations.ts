const GENERATION = 5_000;

/** The ids of at least the last 5,000 invocations that began, of at most twice as many. */
export class RecentInvocations {
  private current = new Set<string>();
  private previous: ReadonlySet<string> = new Set();

  add(requestId: string): void {
    if (this.current.size >= GENERATION) {
      this.previous = this.current;
      this.current = new Set();
    }
    this.current.add(requestId);
  }

  has(requestId: string): boolean {
    return this.current.has(requestId) || this.previous.has(requestId);
  }
}
