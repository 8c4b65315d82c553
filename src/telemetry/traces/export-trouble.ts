import type { Logger } from '@nestjs/common';
import type { Endpoint } from './endpoint.js';

/** Least time between the first lines of two troubles: a collector that is just too slow takes some and loses some. */
const QUIET_MS = 60_000;

/** Says once that spans are lost, and once that they are not any more. */
export class ExportTrouble {
  private lost = 0;
  private isOn = false;
  private lostBefore = 0;
  private saidAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly endpoint: Pick<Endpoint, 'shown' | 'variable'>,
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
  ) {}

  /** @param lost Spans that are lost by now. */
  begin(problem: string, lost = 0): void {
    this.lost += lost;
    if (this.isOn || Date.now() - this.saidAt < QUIET_MS) return;
    this.isOn = true;
    this.saidAt = Date.now();
    this.lostBefore = this.lost - lost;
    const { shown, variable } = this.endpoint;
    this.logger.warn(
      `Spans cannot be exported to ${shown}: ${problem}. ${variable} has to name a collector that takes OTLP/HTTP JSON, ` +
        'and OTEL_EXPORTER_OTLP_HEADERS what it asks for; invocations go on, and what does not fit into the queue is lost',
    );
  }

  /** A batch was taken. */
  end(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.logger.log(`Spans are exported again; ${this.lost - this.lostBefore} were lost`);
  }
}
