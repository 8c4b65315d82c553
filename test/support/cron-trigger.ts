import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { HandlerResponse, InvocationOutcome } from '../../src/invocation/invocation-outcome.js';
import type { InvocationLane } from '../../src/invocation/invocation.service.js';
import type { LaneOptions, TriggerEvent } from '../../src/invocation/trigger-event.js';
import { CronTriggerConfig } from '../../src/triggers/cron/cron.config.js';
import { CronTrigger } from '../../src/triggers/cron/cron.trigger.js';
import { LocalTicks } from '../../src/triggers/cron/local-ticks.js';
import { Schedule } from '../../src/triggers/cron/schedule.js';

export const SECOND = 1_000;
export const HOUR = 3_600 * SECOND;
const START = '2026-01-01T00:00:00.500Z';

/** What the function answers to an event. */
export type Answer = (event: TriggerEvent) => InvocationOutcome | Promise<InvocationOutcome>;

export const response = (statusCode: number, headers: string[] = []): HandlerResponse => ({
  statusCode,
  headers,
  body: 'x',
});
export const succeeded: InvocationOutcome = { kind: 'succeeded', response: response(200) };
export const failed: InvocationOutcome = { kind: 'failed', failure: 'status', response: response(503) };

/** The function takes its time. */
export function lasting(ms: number, outcome: InvocationOutcome = succeeded): Answer {
  return () => new Promise((resolve) => setTimeout(() => resolve(outcome), ms));
}

/** Log lines of the current test. */
export const warnings: Record<string, unknown>[] = [];
export const errors: Record<string, unknown>[] = [];
export const messages = (lines: Record<string, unknown>[]): unknown[] => lines.map(({ message }) => message);

/**
 * Fake time from half a second past midnight on, a fixed jitter, log lines kept; and nothing may be written to the
 * console. To be called at the top of a spec.
 */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(START) });
    vi.spyOn(console, 'warn');
    vi.spyOn(console, 'error');
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    Logger.overrideLogger({
      log: () => undefined,
      warn: (line: Record<string, unknown>) => warnings.push(line),
      error: (line: Record<string, unknown>) => errors.push(line),
    });
  });
  afterEach(() => {
    expect(console.warn).not.toHaveBeenCalled();
    expect(console.error).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    vi.useRealTimers();
    Logger.overrideLogger(false);
    warnings.length = 0;
    errors.length = 0;
  });
}

/** Time passes, and timers fire. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** The clock goes on and no timer fires: the process, or the machine, stands still. */
export const standStill = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** Starts a trigger, every second unless said otherwise, in front of a function that answers as told. */
export function startTrigger(settings: Partial<CronTriggerConfig>, answer: Answer = () => succeeded) {
  const config = Object.assign(new CronTriggerConfig(), { schedule: '* * * * * *' }, settings);
  const registry = new SchedulerRegistry();
  const schedule = new Schedule(config.schedule, config.timeZone);
  const ticks = new LocalTicks(config.name, schedule, config.startingDeadlineMs, registry);
  const invocations = new FakeInvocations(answer);
  const publish = vi.fn();
  const trigger = new CronTrigger(config, ticks, { applicationName: 'shop', invocations, results: { publish } });
  trigger.open();
  trigger.start();
  const { events, lanes } = invocations;
  return {
    trigger,
    registry,
    publish,
    /** In the order in which they were invoked. */
    events,
    lanes,
    ids: () => events.map(({ requestId }) => requestId),
    /** Seconds of the planned instants. */
    seconds: () => events.map(({ requestId }) => new Date(requestId.split('@')[1] ?? '').getUTCSeconds()),
  };
}

class FakeInvocations {
  readonly events: TriggerEvent[] = [];
  readonly lanes: LaneOptions[] = [];
  private readonly withdrawals = new Map<TriggerEvent, () => void>();

  constructor(private readonly answer: Answer) {}

  openLane(options: LaneOptions): InvocationLane {
    this.lanes.push(options);
    return { options } as InvocationLane;
  }

  invoke(_lane: InvocationLane, event: TriggerEvent): Promise<InvocationOutcome> {
    this.events.push(event);
    const withdrawn = new Promise<InvocationOutcome>((resolve) =>
      this.withdrawals.set(event, () => resolve({ kind: 'expired' })),
    );
    return Promise.race([withdrawn, this.answer(event)]);
  }

  withdraw(_lane: InvocationLane, event: TriggerEvent): void {
    this.withdrawals.get(event)?.();
  }
}
