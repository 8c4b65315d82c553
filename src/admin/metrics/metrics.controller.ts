import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { FigureSource } from '../../figures/figure.js';
import { Open } from '../open.decorator.js';
import { loadPrometheusLibrary } from './prometheus-library.js';
import { prometheusText } from './prometheus-text.js';
import { ProcessMetrics } from './process-metrics.js';

/** Injects all `FigureSource`s of the host. */
export const FIGURE_SOURCES = Symbol('FIGURE_SOURCES');

/** For Prometheus. Numbers and the names of triggers, no data: open, as the probes are. */
@Controller('metrics')
export class MetricsController {
  private readonly process = new ProcessMetrics();

  constructor(@Inject(FIGURE_SOURCES) private readonly sources: readonly FigureSource[]) {}

  @Open()
  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  async text(): Promise<string> {
    const library = await loadPrometheusLibrary();
    const figures = this.sources.flatMap((source) => source.figures());
    return `${await prometheusText(library, figures)}\n${await this.process.text(library)}`;
  }
}
