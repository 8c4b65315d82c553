import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { monotonicNow } from '../../config/monotonic-clock.js';
import { InvocationConfig } from '../invocation.config.js';
import { HANG_MS } from './hang-detector.js';
import type { LaunchPlan } from './launch-plan.js';
import type { LaunchedSubRuntimes } from './launched.js';
import { SubRuntimeConfig } from './sub-runtime.config.js';
import { removeSocketFolder } from './sub-runtime-process.js';
import { SubRuntimeWorker } from './sub-runtime.worker.js';
import type { WorkerState } from './worker-state.js';

/** Time for a worker that was followed by another, and has nothing in flight, to end by itself. */
const RETIREMENT_MS = 5_000;

export const LAUNCHED_SUB_RUNTIMES = Symbol('LAUNCHED_SUB_RUNTIMES');

/** Whether an invocation can be dispatched now, soon, or not for a while. */
export type Availability = 'ready' | 'starting' | 'backing-off';

/** All workers; gives the least busy one that is ready. */
@Injectable()
export class SubRuntimePool implements OnModuleInit {
  readonly workers: SubRuntimeWorker[];
  private readonly plan: LaunchPlan;
  /** Successors that start, and those that they have followed and that end what they have in flight. */
  private readonly others = new Set<SubRuntimeWorker>();
  private reloading: Promise<unknown> = Promise.resolve();
  private stopping = false;
  private turn = 0;
  private completedAt = 0;
  /** Set by the one who dispatches. */
  onAvailabilityChange: () => void = () => undefined;
  hasWaiting: () => boolean = () => false;

  constructor(
    private readonly config: SubRuntimeConfig,
    private readonly invocation: InvocationConfig,
    @Inject(LAUNCHED_SUB_RUNTIMES) private readonly launched: LaunchedSubRuntimes,
  ) {
    this.plan = launched.plan;
    this.workers = Array.from({ length: config.workers }, (_, index) => this.newWorker(index, index));
  }

  private newWorker(
    index: number,
    place: number,
    onStateChange: (state: WorkerState) => void = () => undefined,
  ): SubRuntimeWorker {
    return new SubRuntimeWorker(index, {
      plan: this.plan,
      place,
      startTimeoutMs: this.config.startTimeoutMs,
      maxResponseSize: this.invocation.maxResponseSize,
      hasWaiting: () => this.isWaitSuspicious(),
      onStateChange: (state) => {
        onStateChange(state);
        this.onAvailabilityChange();
      },
      onCompletion: () => (this.completedAt = monotonicNow()),
    });
  }

  onModuleInit(): void {
    for (const worker of this.workers) worker.start(this.launched.processes[worker.index]);
  }

  get availability(): Availability {
    let starting = false;
    for (const { state } of this.workers) {
      if (state === 'ready') return 'ready';
      starting ||= state === 'starting';
    }
    return starting ? 'starting' : 'backing-off';
  }

  /** Whole seconds until the first worker starts again, at least 1. */
  get retryAfterSeconds(): number {
    const next = Math.min(...this.workers.map((worker) => worker.startsAgainAt));
    return Math.max(1, Math.ceil((next - monotonicNow()) / 1_000));
  }

  /** The ready worker with the fewest requests on their way, in turn where several have as few; `undefined` if none is ready. */
  leastBusy(): SubRuntimeWorker | undefined {
    const count = this.workers.length;
    let best: SubRuntimeWorker | undefined;
    for (let step = 0; step < count; step++) {
      const worker = this.workers[(this.turn + step) % count] as SubRuntimeWorker;
      if (worker.state === 'ready' && (!best || worker.load < best.load)) best = worker;
    }
    this.turn = (this.turn + 1) % count;
    return best;
  }

  /** What waits speaks against a worker only while no other one gets through work. */
  private isWaitSuspicious(): boolean {
    return this.hasWaiting() && (this.workers.length === 1 || monotonicNow() - this.completedAt >= HANG_MS);
  }

  /**
   * The workers are followed, one after the other, by processes that start anew from the handler's files. What is in flight
   * ends where it began; a successor that does not start is given up, and the worker goes on. Resolves with whether all
   * have taken over.
   */
  reload(): Promise<boolean> {
    const reloaded = this.reloading.then(() => this.replaceAll());
    this.reloading = reloaded;
    return reloaded;
  }

  private async replaceAll(): Promise<boolean> {
    for (const worker of [...this.workers]) if (!(await this.replace(worker))) return false;
    return true;
  }

  private async replace(worker: SubRuntimeWorker): Promise<boolean> {
    if (this.stopping) return false;
    const successor = await this.startSuccessor(worker);
    if (!successor) return false;
    this.workers[worker.index] = successor;
    this.others.add(worker);
    this.onAvailabilityChange();
    void this.retire(worker);
    return true;
  }

  /** Resolves with a worker that is ready, or `undefined` where it does not start. */
  private async startSuccessor({ index }: SubRuntimeWorker): Promise<SubRuntimeWorker | undefined> {
    let decide: (isReady: boolean) => void;
    const isReady = new Promise<boolean>((resolve) => (decide = resolve));
    const successor = this.newWorker(index, this.freePlace(), (state) => {
      if (state !== 'starting') decide(state === 'ready');
    });
    this.others.add(successor);
    successor.start();
    const started = await isReady;
    this.others.delete(successor);
    if (started && !this.stopping) return successor;
    await successor.stop(0);
    return undefined;
  }

  /** One that none of those that live has. */
  private freePlace(): number {
    const taken = new Set([...this.workers, ...this.others].map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  /** Ends when it has answered what is in flight, at the latest when nobody waits for that any more. */
  private async retire(worker: SubRuntimeWorker): Promise<void> {
    await Promise.race([worker.idle(), delay(this.invocation.timeoutMs, undefined, { ref: false })]);
    await worker.stop(RETIREMENT_MS);
    this.others.delete(worker);
  }

  /** Ends all workers; SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.workers, ...this.others].map((worker) => worker.stop(graceMs)));
    removeSocketFolder(this.plan);
  }
}
