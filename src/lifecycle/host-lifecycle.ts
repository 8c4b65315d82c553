import { Injectable, Logger } from '@nestjs/common';
import type { Server } from 'node:http';
import { HttpAdapterHost } from '@nestjs/core';
import { SchedulerRegistry } from '@nestjs/schedule';
import { monotonicNow } from '../config/monotonic-clock.js';
import { InvocationService } from '../invocation/invocation.service.js';
import { SubRuntimePool } from '../invocation/sub-runtime/sub-runtime.pool.js';
import { LifecycleConfig } from './lifecycle.config.js';
import { shutdownBudget } from './shutdown-budget.js';

/** Time for the answers to what was cut off. */
const LAST_ANSWERS_MS = 50;

export type HostPhase = 'starting' | 'serving' | 'draining';

/**
 * The order in which a host ends; `docs/architecture.md` tells the whole of it. The root module calls this from its own
 * hooks, which Nest runs before those of all other modules.
 */
@Injectable()
export class HostLifecycle {
  phase: HostPhase = 'starting';
  private readonly logger = new Logger('Shutdown');
  private beganAt = 0;
  private cutOff: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly config: LifecycleConfig,
    private readonly invocations: InvocationService,
    private readonly pool: SubRuntimePool,
    private readonly schedules: SchedulerRegistry,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** All sources have been started, and all ports listen. */
  serve(): void {
    this.phase = 'serving';
  }

  /** Not ready any more, and no tick fires; still serving for the delay. */
  async beginShutdown(): Promise<void> {
    const served = this.phase === 'serving';
    this.phase = 'draining';
    this.beganAt = monotonicNow();
    for (const job of this.schedules.getCronJobs().values()) void job.stop();
    const { cutOffMs } = shutdownBudget(this.config.graceMs);
    this.cutOff = setTimeout(() => this.cutOffInFlight(), cutOffMs);
    const delayMs = served ? Math.min(this.config.delayMs, cutOffMs) : 0;
    this.logger.log(
      `Shutting down within ${this.config.graceMs} ms${delayMs > 0 ? `; still serving for ${delayMs} ms` : ''}`,
    );
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  }

  /** The sources have stopped and HTTP is closed: what is in flight ends, then the sub-runtime. */
  async endShutdown(): Promise<void> {
    const { cutOffMs, killMs } = shutdownBudget(this.config.graceMs);
    await this.invocations.drain(Math.max(0, cutOffMs - this.elapsed()));
    clearTimeout(this.cutOff);
    await this.stopSubRuntimes(Math.max(0, killMs - this.elapsed()));
  }

  private elapsed(): number {
    return monotonicNow() - this.beganAt;
  }

  private cutOffInFlight(): void {
    const { cutOffMs, killMs } = shutdownBudget(this.config.graceMs);
    const running = this.invocations.lanes.reduce((sum, { inFlight }) => sum + inFlight, 0);
    if (running > 0)
      this.logger.warn(`${running} invocations still run after ${cutOffMs} ms of shutdown and are cut off`);
    void this.stopSubRuntimes(killMs - cutOffMs).then(() => this.closeConnections());
  }

  /** What is crashed by now has been answered; uploads that never end, and clients that read nothing, hold up no one else. */
  private closeConnections(): void {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
  }

  private stopSubRuntimes(graceMs: number): Promise<void> {
    this.stopping ??= this.pool.stop(graceMs);
    return this.stopping;
  }
}
