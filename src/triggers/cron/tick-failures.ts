import type { JetStreamClient } from '../../nats/jetstream.client.js';
import { TICKS_STREAM } from '../../nats/own-streams.js';

/**
 * How many runs of a tick ended in failure, over all replicas. Deliveries do not tell: those whose host died count
 * beside them. The number lies in the stream of the ticks, under a subject that no consumer delivers.
 */
export class TickFailures {
  constructor(
    private readonly jetStream: JetStreamClient,
    private readonly tickSubject: string,
  ) {}

  /** Rejects where the server does not answer. */
  async read(scheduledAt: number): Promise<number> {
    const manager = await this.jetStream.manager();
    const last = await manager.streams.getMessage(TICKS_STREAM, { last_by_subj: this.subjectOf(scheduledAt) });
    return last ? Number(last.string()) || 0 : 0;
  }

  /** Resolves when the server has it. */
  async write(scheduledAt: number, failures: number): Promise<void> {
    await this.jetStream.publish(this.subjectOf(scheduledAt), String(failures), []);
  }

  private subjectOf(scheduledAt: number): string {
    return `${this.tickSubject}.${scheduledAt}`;
  }
}
