import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { counterBy, type Figure, type FigureSource, figure } from '../../figures/figure.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { invocationSettled, invocationStarted } from '../../invocation/invocation.channel.js';
import { ExportTrouble } from './export-trouble.js';
import { InvocationTracer } from './invocation-tracer.js';
import { OtlpSender } from './otlp-sender.js';
import { SpanQueue } from './span-queue.js';
import { readTraceSettings } from './trace-settings.js';
import { TracesConfig } from './traces.config.js';

/** Time for the last spans, when the host ends. */
const LAST_SPANS_MS = 1_000;

/** Exports a span of each invocation, where the variables of OpenTelemetry say where to. */
@Injectable()
export class Traces implements FigureSource, OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  private queue: SpanQueue | undefined;
  private tracer: InvocationTracer | undefined;

  constructor(
    private readonly config: TracesConfig,
    private readonly application: InvocationConfig,
  ) {}

  onModuleInit(): void {
    const { settings } = readTraceSettings(this.config, this.application);
    if (!settings) return;
    const { endpoint, timeoutMs, sampler } = settings;
    const resource = { ...sdk(), ...settings.resource };
    const trouble = new ExportTrouble(endpoint, new Logger('Traces'));
    const queue = new SpanQueue({ ...settings, resource }, new OtlpSender(endpoint, timeoutMs), trouble);
    this.queue = queue;
    this.tracer = new InvocationTracer(sampler, (span) => queue.add(span));
    invocationStarted.subscribe(this.tracer.onStarted);
    invocationSettled.subscribe(this.tracer.onSettled);
  }

  /** So that little is left for the end. */
  beforeApplicationShutdown(): void {
    this.queue?.exportNow();
  }

  /** After all invocations have been settled. */
  async onApplicationShutdown(): Promise<void> {
    if (this.tracer) {
      invocationStarted.unsubscribe(this.tracer.onStarted);
      invocationSettled.unsubscribe(this.tracer.onSettled);
    }
    await this.queue?.end(LAST_SPANS_MS);
  }

  figures(): Figure[] {
    if (!this.queue) return [];
    const { exported, dropped } = this.queue;
    return [
      figure('counter', 'trace_spans_exported_total', 'Spans that the collector took.', exported),
      counterBy('trace_spans_dropped_total', 'Spans that were lost, by why.', 'reason', dropped),
    ];
  }
}

/** What tells this process from its replicas, and its spans from those of an SDK. */
function sdk(): Record<string, string> {
  return {
    'service.instance.id': randomUUID(),
    'telemetry.sdk.name': 'tributary',
    'telemetry.sdk.language': 'nodejs',
  };
}
