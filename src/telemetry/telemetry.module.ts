import { Global, Module } from '@nestjs/common';
import { CHANNEL_FIGURES, type FigureSource } from '../figures/figure.js';
import { LIVE_EVENTS } from '../figures/live-events.js';
import { HostEvents } from './host-events.js';
import { InvocationLog } from './invocation-log.js';
import { LogConfig } from './log.config.js';
import { createLogger, HOST_LOGGER } from './logger.js';
import { InvocationFigures } from './metrics/invocation-figures.js';
import { SubRuntimeFigures } from './metrics/sub-runtime-figures.js';
import { SubRuntimeLog } from './sub-runtime-log.js';
import { Traces } from './traces/traces.js';

/**
 * Whatever listens to the host's channels. Global since it is for everyone, and since Nest starts global modules first, in
 * the order of their import, and ends them last: no line of a sub-runtime is missed, be it the first or the last.
 */
@Global()
@Module({
  providers: [
    { provide: HOST_LOGGER, useFactory: (config: LogConfig) => createLogger(config), inject: [LogConfig] },
    InvocationLog,
    SubRuntimeLog,
    InvocationFigures,
    SubRuntimeFigures,
    Traces,
    { provide: LIVE_EVENTS, useClass: HostEvents },
    {
      provide: CHANNEL_FIGURES,
      useFactory: (...sources: FigureSource[]): FigureSource => ({
        figures: () => sources.flatMap((source) => source.figures()),
      }),
      inject: [InvocationFigures, SubRuntimeFigures, Traces],
    },
  ],
  exports: [CHANNEL_FIGURES, LIVE_EVENTS],
})
export class TelemetryModule {}
