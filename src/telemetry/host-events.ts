import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { LiveEvent, LiveEvents } from '../figures/live-events.js';
import {
  type InvocationSettledMessage,
  type InvocationStartedMessage,
  invocationSettled,
  invocationStarted,
} from '../invocation/invocation.channel.js';
import { type SubRuntimeOutputMessage, subRuntimeOutput } from '../invocation/sub-runtime/sub-runtime.channel.js';
import { readFunctionLine } from './function-line.js';
import { causeOf } from './outcome-cause.js';
import { SecondSums } from './second-sums.js';
import { SubRuntimeLog } from './sub-runtime-log.js';

const SECOND_MS = 1_000;
/** Invocations and lines that are told one by one in a second: more than anybody can read, and little to send. */
const MAX_INVOCATIONS = 100;
const MAX_LINES = 300;
/** A line may have 64 KiB, a reason as much as the handler threw. */
const MAX_TEXT = 4_096;

/** Tells what happens in the host. Nothing is subscribed to while nobody listens: the way of an event costs nothing then. */
@Injectable()
export class HostEvents implements LiveEvents, OnApplicationShutdown {
  private readonly listeners = new Set<(event: LiveEvent) => void>();
  /** Invocations whose start was told: their end is told, too. */
  private readonly followed = new Set<string>();
  private sums = new SecondSums();
  private totals = new SecondSums();
  private invocations = 0;
  private lines = 0;
  private leftOut = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly log: SubRuntimeLog) {}

  listen(listener: (event: LiveEvent) => void): () => void {
    if (this.listeners.size === 0) this.begin();
    this.listeners.add(listener);
    return () => {
      if (this.listeners.delete(listener) && this.listeners.size === 0) this.end();
    };
  }

  onApplicationShutdown(): void {
    this.listeners.clear();
    this.end();
  }

  private begin(): void {
    invocationStarted.subscribe(this.onStarted);
    invocationSettled.subscribe(this.onSettled);
    subRuntimeOutput.subscribe(this.onOutput);
    this.timer = setInterval(() => this.endSecond(), SECOND_MS);
  }

  private end(): void {
    invocationStarted.unsubscribe(this.onStarted);
    invocationSettled.unsubscribe(this.onSettled);
    subRuntimeOutput.unsubscribe(this.onOutput);
    clearInterval(this.timer);
    this.followed.clear();
    this.sums = new SecondSums();
    this.totals = new SecondSums();
    this.invocations = this.lines = this.leftOut = 0;
  }

  private tell(event: LiveEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  private readonly onStarted = (message: unknown) => {
    const { lane, event, waitedMs } = message as InvocationStartedMessage;
    if (this.invocations >= MAX_INVOCATIONS) return;
    this.invocations++;
    this.followed.add(event.requestId);
    this.tell({ kind: 'started', ...describe(lane, event), waitedMs });
  };

  private readonly onSettled = (message: unknown) => {
    const { lane, event, outcome, waitedMs, ranMs, began } = message as InvocationSettledMessage;
    const [hasFailed, duration] = [outcome.kind !== 'succeeded', began ? ranMs : undefined];
    this.sums.add(lane.triggerName, hasFailed, duration);
    this.totals.add('', hasFailed, duration);
    if (!this.followed.delete(event.requestId) && ++this.invocations > MAX_INVOCATIONS) {
      this.leftOut++;
      return;
    }
    const { reason, ...cause } = causeOf(outcome);
    this.tell({
      kind: 'settled',
      ...describe(lane, event),
      outcome: outcome.kind,
      ...cause,
      ...(reason !== undefined && { reason: cut(reason) }),
      waitedMs,
      ranMs,
    });
  };

  private readonly onOutput = (message: unknown) => {
    if (this.lines >= MAX_LINES) {
      this.leftOut++;
      return;
    }
    this.lines++;
    const { level, text, requestId } = readFunctionLine(
      (message as SubRuntimeOutputMessage).line,
      this.log.isInvocation,
    );
    this.tell({ kind: 'log', at: Date.now(), level, text: cut(text), ...(requestId !== undefined && { requestId }) });
  };

  private endSecond(): void {
    const { leftOut } = this;
    this.invocations = this.lines = this.leftOut = 0;
    const [{ trigger: _all, ...total } = { trigger: undefined }] = this.totals.take();
    const triggers = this.sums.take();
    this.tell({ kind: 'second', at: Date.now(), triggers, ...('settled' in total && { total }), leftOut });
  }
}

function describe(
  { triggerName, triggerType }: InvocationStartedMessage['lane'],
  { requestId, attempt }: InvocationStartedMessage['event'],
) {
  return { at: Date.now(), requestId, trigger: triggerName, type: triggerType, attempt };
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}
