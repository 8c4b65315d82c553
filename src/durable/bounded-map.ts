/**
 * A map that forgets what was set longest ago: it holds the last `limit` entries, and up to as many more. Two maps that take
 * turns; taking the oldest out of one costs eight times as much, since its deleted entries are walked over.
 */
export class BoundedMap<Value> {
  private current = new Map<string, Value>();
  private previous = new Map<string, Value>();

  constructor(private readonly limit: number) {}

  has(key: string): boolean {
    return this.current.has(key) || this.previous.has(key);
  }

  get(key: string): Value | undefined {
    return this.current.get(key) ?? this.previous.get(key);
  }

  set(key: string, value: Value): void {
    this.delete(key);
    this.current.set(key, value);
    if (this.current.size < this.limit) return;
    this.previous = this.current;
    this.current = new Map();
  }

  delete(key: string): void {
    this.current.delete(key);
    this.previous.delete(key);
  }

  clear(): void {
    this.current.clear();
    this.previous.clear();
  }

  keys(): string[] {
    return [...this.previous.keys(), ...this.current.keys()];
  }

  values(): Value[] {
    return [...this.previous.values(), ...this.current.values()];
  }
}
