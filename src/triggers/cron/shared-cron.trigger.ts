import { Logger } from '@nestjs/common';
import type { DurableConsumer } from '../../durable/durable-consumer.js';
import type { DurableConsumers } from '../../durable/durable-consumers.js';
import type { Figure } from '../../figures/figure.js';
import type { JetStreamClient } from '../../nats/jetstream.client.js';
import { tickSubject } from '../../nats/own-streams.js';
import { type FireReport, fireEvent } from '../fire-report.js';
import { refused } from '../given-event.js';
import type { Trigger, TriggerState } from '../trigger.js';
import type { CronTriggerConfig } from './cron.config.js';
import { type CronEventSource, cronEventSource, tickId } from './cron.event.js';
import { toFiredTick } from './cron.fire.js';
import { writeTick } from './shared-tick.js';
import { type SharedTicksServices, SharedTicksSource } from './shared-ticks.source.js';
import { TickLog } from './tick-log.js';
import { TickPublisher } from './tick-publisher.js';
import type { MissedTicks, TickReceiver, TickSource } from './tick-source.js';

export interface SharedCronHost extends Pick<SharedTicksServices, 'application' | 'results' | 'ensureStream'> {
  readonly jetStream: JetStreamClient;
  readonly consumers: DurableConsumers;
}

/**
 * One schedule of which every tick is run by one replica: each publishes the ticks of its own clock under the same ids,
 * the stream stores one of each, and whoever gets it runs it.
 */
export class SharedCronTrigger implements Trigger, TickReceiver {
  readonly type = 'cron';
  readonly mode = 'shared';
  private readonly event: CronEventSource;
  private readonly log: TickLog;
  private readonly publisher: TickPublisher;
  private readonly runs: SharedTicksSource;
  private consumer: DurableConsumer | undefined;

  constructor(
    private readonly config: CronTriggerConfig,
    private readonly ticks: TickSource,
    private readonly host: SharedCronHost,
  ) {
    const { applicationName } = host.application;
    const event = cronEventSource(config, applicationName);
    this.event = event;
    const idOf = (scheduledAt: number) => tickId(event, scheduledAt);
    const subject = tickSubject(applicationName, config.name);
    const { schedule, timeZone, args, startingDeadlineMs } = config;
    this.log = new TickLog(config.name, idOf);
    this.publisher = new TickPublisher({
      jetStream: host.jetStream,
      subject,
      startingDeadlineMs,
      idOf,
      bodyOf: (scheduledAt) => writeTick({ scheduledAt, schedule, timeZone, args }),
      onMissed: (scheduledAt) => this.log.miss(scheduledAt, 'NATS could not be reached before its starting deadline'),
      logger: new Logger(`Trigger ${config.name}`),
    });
    this.runs = new SharedTicksSource(config, { ...host, log: this.log });
  }

  get name(): string {
    return this.config.name;
  }

  get source(): string {
    return `${this.config.schedule} ${this.config.timeZone}`;
  }

  get state(): TriggerState {
    const problem = this.consumer ? this.consumer.problem : 'the host is starting';
    return problem === undefined ? { active: true } : { active: false, reason: problem };
  }

  get nextRun(): Date | undefined {
    return this.ticks.nextRun;
  }

  figures(): Figure[] {
    return [...this.log.figures(), ...(this.consumer?.figures() ?? [])];
  }

  /** Here, and beside all others: no replica is asked. */
  async fire(given: unknown): Promise<FireReport> {
    const { consumer } = this;
    if (!consumer) throw refused('the host is starting');
    const event = toFiredTick(this.event, given, Date.now());
    return fireEvent(event, () => consumer.run(event));
  }

  /** To be called before `start()`. */
  open(): void {
    this.consumer = this.host.consumers.open(this.runs);
  }

  start(): void {
    this.ticks.start(this);
  }

  stop(): void {
    this.ticks.stop();
    this.publisher.stop();
  }

  take(scheduledAt: number): void {
    this.publisher.add(scheduledAt);
  }

  /** Others may have published them: only this process knows that it did not. */
  miss(ticks: MissedTicks): void {
    this.log.missMany(ticks, 'this replica stood still beyond the starting deadline; others may have run them');
  }
}
