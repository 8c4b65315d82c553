import { setImmediate } from 'node:timers/promises';
import { monotonicNow } from '../../config/monotonic-clock.js';
import { messageOf } from '../../errors.js';
import { HANG_MS, HangDetector } from './hang-detector.js';
import type { LaunchPlan } from './launch-plan.js';
import { relayLines } from './output-relay.js';
import { untilListening } from './readiness-probe.js';
import { RestartPolicy } from './restart-policy.js';
import {
  type DeathCause,
  type SubRuntimeStateMessage,
  subRuntimeOutput,
  subRuntimeState,
} from './sub-runtime.channel.js';
import { createSubRuntimeClient, type SubRuntimeClient, type WireHeaders } from './sub-runtime.client.js';
import { startSubRuntimeProcess, type SubRuntimeProcess } from './sub-runtime-process.js';
import type { WireResult } from './wire-result.js';
import type { WorkerState } from './worker-state.js';

/** What one dispatch came to: what the wire gave, or that the process died meanwhile. */
export type DispatchResult =
  | WireResult
  | {
      readonly kind: 'crashed';
      readonly message: string;
      /** Nothing else was in flight in the process. */
      readonly alone: boolean;
    };

/** One request on its way; `timedOut` is set by whoever no longer waits for it. */
export interface Dispatch {
  timedOut: boolean;
  settled: boolean;
  readonly onResult: (result: DispatchResult) => void;
}

export interface WorkerOptions {
  readonly plan: LaunchPlan;
  /** Which port and socket it has, by their number; a worker and its successor live side by side. */
  readonly place: number;
  readonly startTimeoutMs: number;
  readonly maxResponseSize: number;
  /** Whether an invocation waits for a permit, which makes a silent worker suspect. */
  readonly hasWaiting: () => boolean;
  readonly onStateChange: (state: WorkerState) => void;
  /** An invocation was answered. */
  readonly onCompletion: () => void;
}

/** A connection may break a moment before its process is known to have ended. */
const DEATH_NOTICE_MS = 250;

/** One sub-runtime process and its successors. */
export class SubRuntimeWorker {
  state: WorkerState = 'starting';
  /** When it starts again, by the monotonic clock, while it backs off. */
  startsAgainAt = 0;
  private readonly inFlight = new Set<Dispatch>();
  private readonly restarts = new RestartPolicy();
  private readonly hangs: HangDetector;
  private process: SubRuntimeProcess | undefined;
  private client: SubRuntimeClient | undefined;
  private completedAnInvocation = false;
  private killedAs: DeathCause | undefined;
  private refusesSince: number | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private ending: Promise<void> = Promise.resolve();
  private untilIdle: (() => void)[] = [];

  constructor(
    readonly index: number,
    private readonly options: WorkerOptions,
  ) {
    this.hangs = new HangDetector({
      hasOtherWork: () => options.hasWaiting() || [...this.inFlight].some((dispatch) => !dispatch.timedOut),
      onHang: () => this.killHung(),
    });
  }

  get place(): number {
    return this.options.place;
  }

  get load(): number {
    return this.inFlight.size;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Supervises a process that runs already, or starts one. */
  start(running?: SubRuntimeProcess): void {
    const process = running ?? startSubRuntimeProcess(this.options.plan, this.options.place);
    this.process = process;
    this.completedAnInvocation = false;
    this.killedAs = undefined;
    this.refusesSince = undefined;
    this.relayOutput(process);
    this.enter('starting');
    this.ending = this.supervise(process);
  }

  /** Sends one request; `onResult` is called exactly once, never before this returns. */
  dispatch(body: string, headers: WireHeaders, dispatch: Dispatch): void {
    if (!this.client) throw new TypeError('dispatch to a sub-runtime that is not ready');
    this.inFlight.add(dispatch);
    this.hangs.work();
    this.client.send(body, headers, (result) => {
      if (result.kind === 'lost') this.settleLost(dispatch, result);
      else this.settle(dispatch, result);
    });
  }

  /** The caller no longer waits; the handler may still run. */
  timeout(dispatch: Dispatch): void {
    dispatch.timedOut = true;
    this.hangs.timeout();
  }

  /** Something waits for a permit. */
  noticeWaiting(): void {
    this.hangs.work();
  }

  /** Resolves when nothing is in flight; to be called of a worker that is given nothing more. */
  idle(): Promise<void> {
    return this.inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => this.untilIdle.push(resolve));
  }

  /**
   * Ends the process: SIGTERM at once, SIGKILL to it and all its descendants after `graceMs`.
   * Resolves when nothing of it is left.
   */
  async stop(graceMs: number): Promise<void> {
    clearTimeout(this.restartTimer);
    if (this.state === 'stopped') return;
    this.killedAs = 'stopped';
    this.enter('stopping');
    const process = this.process;
    process?.terminate();
    const killTimer = setTimeout(() => void process?.kill(), graceMs);
    await this.ending;
    clearTimeout(killTimer);
    this.enter('stopped');
  }

  private async supervise(process: SubRuntimeProcess): Promise<void> {
    let detail: string | undefined;
    try {
      const upstream = await untilListening(process, this.options.startTimeoutMs);
      if (this.isCurrent('starting')) this.becomeReady(process, upstream);
    } catch (error) {
      detail = messageOf(error);
      this.killedAs ??= 'not-ready';
      void process.kill();
    }
    const { code, signal } = await process.exited;
    if (this.state === 'ready') this.state = 'starting';
    await answersThatCame();
    detail ??= signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
    this.crashInFlight();
    await process.kill();
    this.process = undefined;
    this.scheduleRestart(detail);
  }

  private becomeReady(process: SubRuntimeProcess, upstream: Parameters<typeof createSubRuntimeClient>[0]): void {
    this.client = createSubRuntimeClient(upstream, this.options.maxResponseSize);
    this.enter('ready', { milliseconds: monotonicNow() - process.startedAt });
  }

  private scheduleRestart(detail: string): void {
    if (this.isCurrent('stopping') || this.isCurrent('stopped')) return;
    const mature = this.completedAnInvocation;
    const delay = this.restarts.delayAfterDeath(mature);
    this.startsAgainAt = monotonicNow() + delay;
    this.restartTimer = setTimeout(() => this.start(), delay);
    const cause = this.killedAs ?? 'exited';
    this.enter(mature ? 'starting' : 'backing-off', { cause, detail, milliseconds: delay });
  }

  private isCurrent(state: WorkerState): boolean {
    return this.state === state;
  }

  private enter(state: WorkerState, more: Partial<SubRuntimeStateMessage> = {}): void {
    this.state = state;
    if (subRuntimeState.hasSubscribers) {
      subRuntimeState.publish({ worker: this.index, state, pid: this.pid, ...more } satisfies SubRuntimeStateMessage);
    }
    this.options.onStateChange(state);
  }

  private settle(dispatch: Dispatch, result: DispatchResult): void {
    if (dispatch.settled) return;
    dispatch.settled = true;
    this.inFlight.delete(dispatch);
    this.judge(dispatch, result);
    dispatch.onResult(result);
    if (this.inFlight.size === 0) for (const resolve of this.untilIdle.splice(0)) resolve();
  }

  /** What a result says about the life of the process. */
  private judge(dispatch: Dispatch, { kind }: DispatchResult): void {
    if (kind === 'not-sent') this.noticeRefusal();
    else this.refusesSince = undefined;
    if (kind === 'answered' || kind === 'too-large') {
      this.completedAnInvocation ||= kind === 'answered';
      this.hangs.completion(dispatch.timedOut);
      this.options.onCompletion();
    } else {
      this.hangs.end(dispatch.timedOut);
    }
  }

  /** A process that lives but makes no connection for 10 s is as silent as one that does not answer. */
  private noticeRefusal(): void {
    this.refusesSince ??= monotonicNow();
    if (monotonicNow() - this.refusesSince >= HANG_MS) this.killHung();
  }

  /** A broken connection is a crash if the process ends with it. */
  private settleLost(dispatch: Dispatch, result: WireResult): void {
    if (dispatch.settled) return;
    setTimeout(() => this.settle(dispatch, result), DEATH_NOTICE_MS);
  }

  private crashInFlight(): void {
    const message = this.killedAs === 'hung' ? 'was silent and has been killed' : 'died';
    const alone = this.inFlight.size === 1;
    for (const dispatch of [...this.inFlight]) this.settle(dispatch, { kind: 'crashed', message, alone });
    // Not before: each of those that had timed out is counted off as it is settled.
    this.hangs.reset();
    this.client?.close();
    this.client = undefined;
  }

  private killHung(): void {
    this.killedAs = 'hung';
    void this.process?.kill();
  }

  private relayOutput(process: SubRuntimeProcess): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      relayLines(process[stream], (line) => subRuntimeOutput.publish({ worker: this.index, stream, line }));
    }
  }
}

/** The end of a process may be heard before the answer that it wrote last: what has come is read in this turn or the next. */
async function answersThatCame(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
