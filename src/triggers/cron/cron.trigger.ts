import { Logger } from '@nestjs/common';
import { messageOf } from '../../errors.js';
import type { Trigger, TriggerState } from '../trigger.js';
import { type CronHost, CronRuns } from './cron-runs.js';
import type { CronTriggerConfig } from './cron.config.js';
import { type CronEventSource, cronEventSource, tickId } from './cron.event.js';
import { atOnce, OneAtATime, type RunPolicy } from './one-at-a-time.js';
import type { MissedTicks, TickEnd, TickReceiver, TickSource } from './tick-source.js';

/** One schedule: gets its ticks from a source and takes them to the function. The output is discarded. */
export class CronTrigger implements Trigger, TickReceiver {
  readonly type = 'cron';
  /** Ticks that did not begin because the run before them was not over. */
  skipped = 0;
  /** Ticks that did not begin before their starting deadline. */
  missed = 0;
  private readonly logger = new Logger('Cron');
  private readonly event: CronEventSource;
  private readonly policy: RunPolicy;
  private readonly runs: CronRuns;
  private started = false;

  constructor(
    private readonly config: CronTriggerConfig,
    private readonly ticks: TickSource,
    host: CronHost,
  ) {
    this.event = cronEventSource(config, host.applicationName);
    this.policy = config.concurrencyPolicy === 'Forbid' ? new OneAtATime() : atOnce;
    this.runs = new CronRuns(config, this.event, host);
  }

  get name(): string {
    return this.config.name;
  }

  get source(): string {
    return `${this.config.schedule} ${this.config.timeZone}`;
  }

  get state(): TriggerState {
    if (!this.started) return { active: false, reason: 'the host is starting' };
    return this.ticks.active ? { active: true } : { active: false, reason: 'the host is shutting down' };
  }

  get nextRun(): Date | undefined {
    return this.ticks.nextRun;
  }

  /** To be called before `start()`. */
  open(): void {
    this.runs.open();
  }

  start(): void {
    this.started = true;
    this.ticks.start(this);
  }

  stop(): void {
    this.ticks.stop();
    this.runs.stop();
  }

  async take(scheduledAt: number): Promise<TickEnd> {
    try {
      const end = await this.policy.take(scheduledAt, () => this.begin(scheduledAt));
      this.report(scheduledAt, end);
      return end;
    } catch (error) {
      const message = 'A tick failed inside the host; please report this';
      this.logger.error({ message, ...this.fields(scheduledAt), err: error });
      return { kind: 'failed', reason: messageOf(error), attempts: 1 };
    }
  }

  miss({ count, more, first }: MissedTicks): void {
    this.missed += count;
    const ticks = count === 1 ? 'A tick was' : `${more ? 'More than ' : ''}${count} ticks were`;
    const message = `${ticks} missed: the host stood still beyond the starting deadline`;
    this.logger.warn({ message, ...this.fields(first), missed: this.missed });
  }

  /** A tick that waited for its predecessor does not begin once the jobs in the registry have been stopped. */
  private async begin(scheduledAt: number): Promise<TickEnd> {
    return this.ticks.active ? this.runs.run(scheduledAt) : { kind: 'stopped' };
  }

  private report(scheduledAt: number, end: TickEnd): void {
    switch (end.kind) {
      case 'succeeded':
        return;
      case 'failed':
        return this.logger.error({
          message: `A tick failed${end.attempts > 1 ? ` after ${end.attempts} attempts` : ''}: ${end.reason}`,
          ...this.fields(scheduledAt),
        });
      case 'skipped':
        this.skipped++;
        return this.logger.warn({
          message: 'A tick was skipped: the run before it is not over',
          ...this.fields(scheduledAt),
          skipped: this.skipped,
        });
      case 'missed':
        this.missed++;
        return this.logger.warn({
          message: 'A tick was missed: it could not begin before its starting deadline',
          ...this.fields(scheduledAt),
          missed: this.missed,
        });
      case 'stopped':
        return this.logger.warn({
          message: 'A tick was given up: the host is shutting down',
          ...this.fields(scheduledAt),
        });
    }
  }

  private fields(scheduledAt: number): object {
    return { requestId: tickId(this.event, scheduledAt), trigger: this.name };
  }
}
