import { Global, Module } from '@nestjs/common';
import { InvocationLog } from './invocation-log.js';
import { LogConfig } from './log.config.js';
import { createLogger, HOST_LOGGER } from './logger.js';
import { SubRuntimeLog } from './sub-runtime-log.js';

/**
 * Whatever listens to the host's channels. Global not for its exports, but since Nest starts global modules first, in
 * the order of their import, and ends them last: no line of a sub-runtime is missed, be it the first or the last.
 */
@Global()
@Module({
  providers: [
    { provide: HOST_LOGGER, useFactory: (config: LogConfig) => createLogger(config), inject: [LogConfig] },
    InvocationLog,
    SubRuntimeLog,
  ],
})
export class TelemetryModule {}
