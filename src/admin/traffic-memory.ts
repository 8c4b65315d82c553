import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CHANNEL_FIGURES, type FigureSource } from '../figures/figure.js';
import type { RecentTraffic, TrafficSpan } from '../figures/recent-traffic.js';
import { AdminConfig } from './admin.config.js';
import { TrafficCounts } from './traffic-counts.js';

const SPAN_MS = 5_000;
/** Five minutes, which is what the page shows. */
const MAX_SPANS = 60;

/**
 * Remembers the last five minutes for a page that is opened later. It looks every few seconds at what is counted anyway:
 * an event costs nothing more, and the memory is a few sums for each trigger.
 */
@Injectable()
export class TrafficMemory implements RecentTraffic, OnApplicationBootstrap, OnApplicationShutdown {
  private past: TrafficSpan[] = [];
  private counts: TrafficCounts;
  private countedAt = Date.now();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CHANNEL_FIGURES) private readonly source: FigureSource,
    private readonly config: AdminConfig,
  ) {
    this.counts = new TrafficCounts([]);
  }

  onApplicationBootstrap(): void {
    if (this.config.enabled) this.timer = setInterval(() => this.remember(), SPAN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  spans(): readonly TrafficSpan[] {
    return [...this.past, this.spanUntil(new TrafficCounts(this.source.figures()), Date.now())];
  }

  private remember(): void {
    const [counts, now] = [new TrafficCounts(this.source.figures()), Date.now()];
    this.past = [...this.past.slice(1 - MAX_SPANS), this.spanUntil(counts, now)];
    this.counts = counts;
    this.countedAt = now;
  }

  private spanUntil(counts: TrafficCounts, now: number): TrafficSpan {
    const total = counts.totalSince(this.counts);
    // The clock may have been set meanwhile.
    const seconds = Math.max(0, now - this.countedAt) / 1_000;
    return { at: now, seconds, triggers: counts.since(this.counts), ...(total && { total }) };
  }
}
