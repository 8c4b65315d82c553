import { Logger } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { messageOf } from '../../errors.js';
import type { CronExpression } from './cron-expression.js';
import { plannedTime } from './planned-time.js';
import type { Schedule } from './schedule.js';
import type { TickReceiver, TickSource } from './tick-source.js';

const MIN_SLEEP_MS = 1_000;
const MAX_SLEEP_MS = 30_000;
/** A clock that is set back further than this was wrong before: what it had passed is planned again. */
const CLOCK_WAS_WRONG_MS = 3_600_000;
/** Ticks that are too late are counted up to this number; after a long sleep, counting more would take seconds. */
const COUNTED_MISSES = 1_000;

/**
 * The ticks of a schedule that this process runs for itself. The jobs in the `SchedulerRegistry` only wake it up, early
 * or late; which instants have passed since the last time is computed then, so that a process that stood still
 * for a while leaves none out.
 */
export class LocalTicks implements TickSource {
  private readonly logger = new Logger('Cron');
  private readonly jobs: CronJob[] = [];
  private receiver: TickReceiver | undefined;
  /** All instants up to this one have been handed over. */
  private handledUntil = 0;

  constructor(
    private readonly name: string,
    private readonly schedule: Schedule,
    private readonly startingDeadlineMs: number,
    private readonly registry: SchedulerRegistry,
  ) {}

  start(receiver: TickReceiver): void {
    this.receiver = receiver;
    this.handledUntil = Date.now();
    for (const [index, expression] of this.schedule.expressions.entries()) {
      const name = index === 0 ? this.name : `${this.name}#${index + 1}`;
      const job = this.createJob(expression);
      this.registry.addCronJob(name, job);
      this.jobs.push(job);
      job.start();
    }
  }

  /** Whoever stops the jobs in the registry stops this. */
  get active(): boolean {
    return this.jobs.some((job) => job.isActive);
  }

  get nextRun(): Date | undefined {
    return this.active ? new Date(this.schedule.next(Math.max(this.handledUntil, Date.now()))) : undefined;
  }

  stop(): void {
    for (const job of this.jobs) void job.stop();
  }

  private createJob(expression: CronExpression): CronJob {
    const { timeZone } = this.schedule;
    const job = new CronJob(expression.fields, () => this.wake(), null, false, timeZone);
    job.errorHandler = (error) =>
      this.logger.error({ message: `A tick of ${this.name} failed inside the host: ${messageOf(error)}`, err: error });
    const maxSleepMs = Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, this.startingDeadlineMs / 2));
    job.setTime(plannedTime(expression, timeZone, maxSleepMs));
    return job;
  }

  /** Hands over what has passed since the last time; what is beyond the starting deadline only as a number. */
  private wake(): void {
    const now = Date.now();
    if (now < this.handledUntil - CLOCK_WAS_WRONG_MS) this.handledUntil = now;
    const after = this.passOverMissed(now - this.startingDeadlineMs);
    this.handledUntil = Math.max(this.handledUntil, now);
    for (const scheduledAt of this.schedule.between(after, now)) void this.receiver?.take(scheduledAt);
  }

  /** Reports the instants before `startable`, and gives the instant up to which everything is settled then. */
  private passOverMissed(startable: number): number {
    if (startable <= this.handledUntil) return this.handledUntil;
    const missed = this.schedule.between(this.handledUntil, startable - 1);
    const first = missed.next();
    if (!first.done) {
      let count = 1;
      while (count <= COUNTED_MISSES && !missed.next().done) count++;
      const more = count > COUNTED_MISSES;
      this.receiver?.miss({ count: Math.min(count, COUNTED_MISSES), more, first: first.value });
    }
    return startable - 1;
  }
}
