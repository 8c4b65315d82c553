import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DurationHistogram } from '../../figures/duration-histogram.js';
import type { Figure, FigureLabels, FigureSource } from '../../figures/figure.js';
import {
  type InvocationSettledMessage,
  type InvocationStartedMessage,
  invocationSettled,
  invocationStarted,
  type LaneOpenedMessage,
  laneOpened,
} from '../../invocation/invocation.channel.js';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { LaneOptions } from '../../invocation/trigger-event.js';

type OutcomeKind = InvocationOutcome['kind'];

/** From the start on, so that the first failure is an increase, too. */
const OUTCOMES: Readonly<Record<OutcomeKind, 0>> = {
  succeeded: 0,
  rejected: 0,
  failed: 0,
  'timed-out': 0,
  crashed: 0,
  unavailable: 0,
  overloaded: 0,
  expired: 0,
};

/** What is counted for one trigger; plain numbers, since it is on the way of every event. */
class TriggerTally {
  readonly labels: FigureLabels;
  readonly outcomes: Record<OutcomeKind, number> = { ...OUTCOMES };
  readonly waiting = new DurationHistogram();
  readonly running = new DurationHistogram();
  /** Only of events that were planned for an instant. */
  late: DurationHistogram | undefined;

  constructor({ triggerName, triggerType }: LaneOptions) {
    this.labels = { trigger: triggerName, type: triggerType };
  }
}

/** Counts how invocations end, how long they waited and ran, and how late planned ones began. */
@Injectable()
export class InvocationFigures implements FigureSource, OnModuleInit, OnApplicationShutdown {
  /** By the name of the trigger: the queued invocations of a trigger are its own. */
  private readonly tallies = new Map<string, TriggerTally>();

  onModuleInit(): void {
    laneOpened.subscribe(this.onLane);
    invocationStarted.subscribe(this.onStarted);
    invocationSettled.subscribe(this.onSettled);
  }

  onApplicationShutdown(): void {
    laneOpened.unsubscribe(this.onLane);
    invocationStarted.unsubscribe(this.onStarted);
    invocationSettled.unsubscribe(this.onSettled);
  }

  figures(): Figure[] {
    const tallies = [...this.tallies.values()];
    return [
      {
        kind: 'counter',
        name: 'invocations_total',
        help: 'Invocations that ended, by how.',
        samples: tallies.flatMap(({ labels, outcomes }) =>
          Object.entries(outcomes).map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
        ),
      },
      {
        kind: 'histogram',
        name: 'invocation_waiting_seconds',
        help: 'Time that invocations waited for a permit and a sub-runtime.',
        samples: tallies.map(({ labels, waiting }) => ({ labels, value: waiting })),
      },
      {
        kind: 'histogram',
        name: 'invocation_running_seconds',
        help: 'Time from the dispatch to the sub-runtime to the outcome, of invocations that began.',
        samples: tallies.map(({ labels, running }) => ({ labels, value: running })),
      },
      {
        kind: 'histogram',
        name: 'invocation_late_seconds',
        help: 'How long after its planned instant a scheduled invocation began, first attempts only.',
        samples: tallies.flatMap(({ labels, late }) => (late ? [{ labels, value: late }] : [])),
      },
    ];
  }

  private readonly onLane = (message: unknown) => void this.tallyOf((message as LaneOpenedMessage).lane);

  private readonly onStarted = (message: unknown) => {
    const { lane, event } = message as InvocationStartedMessage;
    if (event.plannedAt === undefined || event.attempt > 1) return;
    const tally = this.tallyOf(lane);
    tally.late ??= new DurationHistogram();
    tally.late.observe(Math.max(0, Date.now() - event.plannedAt));
  };

  private readonly onSettled = (message: unknown) => {
    const { lane, outcome, waitedMs, ranMs, began } = message as InvocationSettledMessage;
    const tally = this.tallyOf(lane);
    tally.outcomes[outcome.kind]++;
    tally.waiting.observe(waitedMs);
    if (began) tally.running.observe(ranMs);
  };

  private tallyOf(lane: LaneOptions): TriggerTally {
    const known = this.tallies.get(lane.triggerName);
    if (known) return known;
    const tally = new TriggerTally(lane);
    this.tallies.set(lane.triggerName, tally);
    return tally;
  }
}
