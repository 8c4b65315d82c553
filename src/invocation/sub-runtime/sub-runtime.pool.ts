import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { monotonicNow } from '../../config/monotonic-clock.js';
import { InvocationConfig } from '../invocation.config.js';
import { HANG_MS } from './hang-detector.js';
import type { LaunchPlan } from './launch-plan.js';
import type { LaunchedSubRuntimes } from './launched.js';
import { SubRuntimeConfig } from './sub-runtime.config.js';
import { removeSocketFolder } from './sub-runtime-process.js';
import { SubRuntimeWorker } from './sub-runtime.worker.js';

export const LAUNCHED_SUB_RUNTIMES = Symbol('LAUNCHED_SUB_RUNTIMES');

/** Whether an invocation can be dispatched now, soon, or not for a while. */
export type Availability = 'ready' | 'starting' | 'backing-off';

/** All workers; gives the least busy one that is ready. */
@Injectable()
export class SubRuntimePool implements OnModuleInit {
  readonly workers: readonly SubRuntimeWorker[];
  private readonly plan: LaunchPlan;
  private turn = 0;
  private completedAt = 0;
  /** Set by the one who dispatches. */
  onAvailabilityChange: () => void = () => undefined;
  hasWaiting: () => boolean = () => false;

  constructor(
    config: SubRuntimeConfig,
    invocation: InvocationConfig,
    @Inject(LAUNCHED_SUB_RUNTIMES) private readonly launched: LaunchedSubRuntimes,
  ) {
    this.plan = launched.plan;
    this.workers = Array.from(
      { length: config.workers },
      (_, index) =>
        new SubRuntimeWorker(index, {
          plan: this.plan,
          startTimeoutMs: config.startTimeoutMs,
          maxResponseSize: invocation.maxResponseSize,
          hasWaiting: () => this.isWaitSuspicious(),
          onStateChange: () => this.onAvailabilityChange(),
          onCompletion: () => (this.completedAt = monotonicNow()),
        }),
    );
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

  /** Ends all workers; SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(graceMs)));
    removeSocketFolder(this.plan);
  }
}
