import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { counterBy, type Figure, type FigureSource, figure } from '../../figures/figure.js';
import {
  type DeathCause,
  type SubRuntimeStateMessage,
  subRuntimeState,
} from '../../invocation/sub-runtime/sub-runtime.channel.js';

/** Counts how often sub-runtimes became ready and how they ended. */
@Injectable()
export class SubRuntimeFigures implements FigureSource, OnModuleInit, OnApplicationShutdown {
  private starts = 0;
  private readonly deaths: Record<DeathCause, number> = { exited: 0, 'not-ready': 0, hung: 0, stopped: 0 };

  onModuleInit(): void {
    subRuntimeState.subscribe(this.onState);
  }

  onApplicationShutdown(): void {
    subRuntimeState.unsubscribe(this.onState);
  }

  figures(): Figure[] {
    const { exited, 'not-ready': notReady, hung } = this.deaths;
    const help = 'Sub-runtimes that ended unasked: exited, were not ready in time, or hung and were killed.';
    return [
      figure('counter', 'sub_runtime_starts_total', 'Sub-runtimes that became ready.', this.starts),
      counterBy('sub_runtime_deaths_total', help, 'cause', { exited, 'not-ready': notReady, hung }),
    ];
  }

  private readonly onState = (message: unknown) => {
    const { state, cause } = message as SubRuntimeStateMessage;
    if (cause) this.deaths[cause]++;
    else if (state === 'ready') this.starts++;
  };
}
