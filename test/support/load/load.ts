/** A run of many clients against one host: when it is over, and what they saw. */
export interface Load {
  readonly port: number;
  /** Aborted when no client shall begin anything new. */
  readonly over: AbortSignal;
  readonly seen: Seen;
}

/** One connection after the other, or one that is kept, until the load is over. */
export type LoadClient = (load: Load, index: number) => Promise<void>;

/** What clients saw, counted by kind and result; what must never be seen is kept in words. */
export class Seen {
  /** The first of what must never be seen; enough to understand it. */
  readonly wrong: string[] = [];
  private readonly counts = new Map<string, number>();

  count(kind: string, result: string | number): void {
    const key = `${kind}: ${result}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  isWrong(kind: string, what: string): void {
    this.count(kind, 'WRONG');
    if (this.wrong.length < 20) this.wrong.push(`${kind}: ${what}`);
  }

  /** How often a result was seen by a kind of client. */
  of(kind: string, result: string | number): number {
    return this.counts.get(`${kind}: ${result}`) ?? 0;
  }

  /** All counts of a kind. */
  all(kind: string): number {
    return [...this.counts].reduce((sum, [key, count]) => (key.startsWith(`${kind}: `) ? sum + count : sum), 0);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs so many clients of each kind at once; resolves when all have ended. */
export async function runClients(load: Load, kinds: readonly (readonly [LoadClient, number])[]): Promise<void> {
  const clients = kinds.flatMap(([client, count]) =>
    Array.from({ length: count }, (_, index) => untilOver(client, load, index)),
  );
  await Promise.all(clients);
}

async function untilOver(client: LoadClient, load: Load, index: number): Promise<void> {
  for (let turn = index; !load.over.aborted; turn++) await client(load, turn);
}
