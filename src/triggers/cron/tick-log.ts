import { Logger } from '@nestjs/common';
import { counterBy, type Figure } from '../../figures/figure.js';
import type { MissedTicks, TickEnd } from './tick-source.js';

/** Counts and logs how the ticks of one trigger end. */
export class TickLog {
  private readonly ends: Record<TickEnd['kind'], number> = {
    succeeded: 0,
    failed: 0,
    skipped: 0,
    missed: 0,
    stopped: 0,
  };
  private readonly logger = new Logger('Cron');

  constructor(
    private readonly triggerName: string,
    private readonly idOf: (scheduledAt: number) => string,
  ) {}

  /** Ticks that did not begin because the run before them was not over. */
  get skipped(): number {
    return this.ends.skipped;
  }

  /** Ticks that did not begin before their starting deadline. */
  get missed(): number {
    return this.ends.missed;
  }

  figures(): Figure[] {
    const help =
      'Ticks by their end; skipped: the run before was not over; missed: it could not begin before its starting deadline; ' +
      'stopped: the host was shutting down.';
    return [counterBy('cron_ticks_total', help, 'end', this.ends)];
  }

  end(scheduledAt: number, end: TickEnd): void {
    if (end.kind !== 'missed') this.ends[end.kind]++;
    switch (end.kind) {
      case 'succeeded':
        return;
      case 'failed':
        return this.logger.error({
          message: `A tick failed${end.attempts > 1 ? ` after ${end.attempts} attempts` : ''}: ${end.reason}`,
          ...this.fields(scheduledAt),
        });
      case 'skipped':
        return this.warn('A tick was skipped: the run before it is not over', scheduledAt, { skipped: this.skipped });
      case 'missed':
        return this.miss(scheduledAt, 'it could not begin before its starting deadline');
      case 'stopped':
        return this.warn('A tick was given up: the host is shutting down', scheduledAt);
    }
  }

  /** One tick was missed; `reason` is the second half of a sentence. */
  miss(scheduledAt: number, reason: string): void {
    this.ends.missed++;
    this.warn(`A tick was missed: ${reason}`, scheduledAt, { missed: this.missed });
  }

  /** Several at once. */
  missMany({ count, more, first }: MissedTicks, reason: string): void {
    this.ends.missed += count;
    const ticks = count === 1 ? 'A tick was' : `${more ? 'More than ' : ''}${count} ticks were`;
    this.warn(`${ticks} missed: ${reason}`, first, { missed: this.missed });
  }

  bug(scheduledAt: number, error: unknown): void {
    const message = 'A tick failed inside the host; please report this';
    this.logger.error({ message, ...this.fields(scheduledAt), err: error });
  }

  private warn(message: string, scheduledAt: number, counts: object = {}): void {
    this.logger.warn({ message, ...this.fields(scheduledAt), ...counts });
  }

  private fields(scheduledAt: number): object {
    return { requestId: this.idOf(scheduledAt), trigger: this.triggerName };
  }
}
