import { messageOf } from '../../errors.js';
import type { Figure } from '../../figures/figure.js';
import type { FireReport } from '../fire-report.js';
import type { Trigger, TriggerState } from '../trigger.js';
import { type CronHost, CronRuns } from './cron-runs.js';
import type { CronTriggerConfig } from './cron.config.js';
import { cronEventSource, tickId } from './cron.event.js';
import { atOnce, OneAtATime, type RunPolicy } from './one-at-a-time.js';
import { TickLog } from './tick-log.js';
import type { MissedTicks, TickEnd, TickReceiver, TickSource } from './tick-source.js';

/** One schedule that this process runs for itself: takes its ticks to the function. The output is discarded. */
export class CronTrigger implements Trigger, TickReceiver {
  readonly type = 'cron';
  readonly mode = 'local';
  private readonly log: TickLog;
  private readonly policy: RunPolicy;
  private readonly runs: CronRuns;
  private started = false;

  constructor(
    private readonly config: CronTriggerConfig,
    private readonly ticks: TickSource,
    host: CronHost,
  ) {
    const event = cronEventSource(config, host.applicationName);
    this.log = new TickLog(config.name, (scheduledAt) => tickId(event, scheduledAt));
    this.policy = config.concurrencyPolicy === 'Forbid' ? new OneAtATime() : atOnce;
    this.runs = new CronRuns(config, event, host);
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

  figures(): Figure[] {
    return this.log.figures();
  }

  fire(given: unknown): Promise<FireReport> {
    return this.runs.fire(given);
  }

  get skipped(): number {
    return this.log.skipped;
  }

  get missed(): number {
    return this.log.missed;
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
      this.log.end(scheduledAt, end);
      return end;
    } catch (error) {
      this.log.bug(scheduledAt, error);
      return { kind: 'failed', reason: messageOf(error), attempts: 1 };
    }
  }

  miss(ticks: MissedTicks): void {
    this.log.missMany(ticks, 'the host stood still beyond the starting deadline');
  }

  /** A tick that waited for its predecessor does not begin once the jobs in the registry have been stopped. */
  private async begin(scheduledAt: number): Promise<TickEnd> {
    return this.ticks.active ? this.runs.run(scheduledAt) : { kind: 'stopped' };
  }
}
