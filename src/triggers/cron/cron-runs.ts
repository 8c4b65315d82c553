import { backOffMs, DEFAULT_BACKOFF_MS } from '../../durable/back-off.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { InvocationLane, InvocationService } from '../../invocation/invocation.service.js';
import { newTrace } from '../../invocation/trace-context.js';
import type { LaneOptions, TriggerEvent } from '../../invocation/trigger-event.js';
import { type FireReport, fireEvent } from '../fire-report.js';
import type { ResultPublisher } from '../result.publisher.js';
import type { CronTriggerConfig } from './cron.config.js';
import { type CronEventSource, toTriggerEvent } from './cron.event.js';
import { toFiredTick } from './cron.fire.js';
import { type CronStep, settleTick } from './cron.response.js';
import type { TickEnd } from './tick-source.js';

/** What runs need of the host. */
export interface CronHost {
  /** May be empty. */
  readonly applicationName: string;
  readonly invocations: Pick<InvocationService, 'openLane' | 'invoke' | 'withdraw'>;
  readonly results: Pick<ResultPublisher, 'publish'>;
}

/** How ticks are admitted: they wait, up to their starting deadline. */
export function cronLane({ name, maxInFlight, handler }: CronTriggerConfig): LaneOptions {
  return {
    triggerName: name,
    triggerType: 'cron',
    maxInFlight,
    handlerName: handler,
    whenUnavailable: 'wait',
    whenOverloaded: 'wait',
  };
}

/** Runs the ticks of one trigger: attempts, back-off, and the end of all that when the host ends. */
export class CronRuns {
  private readonly invoking = new Set<TriggerEvent>();
  private readonly pausing = new Set<() => void>();
  private lane!: InvocationLane;
  private stopped = false;

  constructor(
    private readonly config: CronTriggerConfig,
    private readonly source: CronEventSource,
    private readonly host: CronHost,
  ) {}

  /** To be called before the first run. */
  open(): void {
    this.lane = this.host.invocations.openLane(cronLane(this.config));
  }

  /** Takes a tick to the function until it is settled. */
  async run(scheduledAt: number): Promise<TickEnd> {
    const trace = newTrace();
    for (let attempt = 1; ;) {
      const event = toTriggerEvent(this.source, { scheduledAt, attempt, at: Date.now(), trace });
      if (this.stopped) return { kind: 'stopped' };
      if (event.startBy !== undefined && Date.now() > event.startBy) return { kind: 'missed' };
      const outcome = await this.invoke(event);
      const step = settleTick(outcome, this.config.maxAttempts - attempt, Date.now());
      switch (step.kind) {
        case 'again':
          await this.pause(step.afterMs ?? backOffMs(DEFAULT_BACKOFF_MS, attempt));
          attempt++;
          break;
        case 'later':
          await this.pause(step.afterMs);
          break;
        case 'stopped':
          return step;
        default:
          return this.settle(step, event, outcome);
      }
    }
  }

  /** Runs a tick that an operator asks for, beside all others. */
  async fire(given: unknown): Promise<FireReport> {
    const event = toFiredTick(this.source, given, Date.now());
    return fireEvent(event, () => this.invoke(event));
  }

  /** No attempt begins any more; what waits to begin is given up, what runs goes on. */
  stop(): void {
    this.stopped = true;
    for (const event of this.invoking) this.host.invocations.withdraw(this.lane, event);
    for (const endPause of this.pausing) endPause();
  }

  private settle(
    step: Extract<CronStep, { kind: 'succeeded' | 'failed' | 'missed' }>,
    event: TriggerEvent,
    outcome: InvocationOutcome,
  ): TickEnd {
    // What was withdrawn comes back as expired.
    if (step.kind === 'missed' && this.stopped) return { kind: 'stopped' };
    const { resultSubject } = this.config;
    if (resultSubject !== undefined) this.host.results.publish(resultSubject, event, outcome);
    return step.kind === 'failed' ? { ...step, attempts: event.attempt } : step;
  }

  private async invoke(event: TriggerEvent): Promise<InvocationOutcome> {
    this.invoking.add(event);
    try {
      return await this.host.invocations.invoke(this.lane, event);
    } finally {
      this.invoking.delete(event);
    }
  }

  /** Resolves after `ms` milliseconds, or when this is stopped. */
  private pause(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.pausing.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.pausing.add(end);
    });
  }
}
