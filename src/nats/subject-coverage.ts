import type { JetStreamClient } from './jetstream.client.js';

/** How long an answer is believed; streams are made and removed seldom. */
const BELIEVED_MS = 30_000;

/** Knows which subjects are stored by a stream. */
export class SubjectCoverage {
  private readonly known = new Map<string, { readonly covered: boolean; readonly until: number }>();

  constructor(private readonly jetStream: JetStreamClient) {}

  /** Asks the server at most every 30 s for each subject. Rejects where it does not answer. */
  async isCovered(subject: string): Promise<boolean> {
    const known = this.known.get(subject);
    if (known && known.until > Date.now()) return known.covered;
    const manager = await this.jetStream.manager();
    const names = await manager.streams.names(subject).next();
    const covered = names.length > 0;
    this.known.set(subject, { covered, until: Date.now() + BELIEVED_MS });
    return covered;
  }

  forget(subject: string): void {
    this.known.delete(subject);
  }
}
