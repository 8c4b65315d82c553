import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { type InvocationSettledMessage, invocationSettled } from '../invocation/invocation.channel.js';
import { HOST_LOGGER } from './logger.js';
import { causeOf } from './outcome-cause.js';

/** One line for each invocation: what became of it and how long it took; never what it was about. */
@Injectable()
export class InvocationLog implements OnModuleInit, OnApplicationShutdown {
  private readonly succeeds: boolean;

  constructor(@Inject(HOST_LOGGER) private readonly logger: Logger) {
    this.succeeds = logger.isLevelEnabled('info');
  }

  onModuleInit(): void {
    if (this.logger.isLevelEnabled('warn')) invocationSettled.subscribe(this.onSettled);
  }

  onApplicationShutdown(): void {
    invocationSettled.unsubscribe(this.onSettled);
  }

  private readonly onSettled = (message: unknown) => {
    const settled = message as InvocationSettledMessage;
    const { outcome } = settled;
    if (outcome.kind !== 'succeeded') this.logger.warn(fieldsOf(settled), `invocation ${outcome.kind}`);
    else if (this.succeeds) this.logger.info(fieldsOf(settled), 'invocation succeeded');
  };
}

function fieldsOf({ lane, event, outcome, waitedMs, ranMs }: InvocationSettledMessage): object {
  return {
    requestId: event.requestId,
    trigger: lane.triggerName,
    type: lane.triggerType,
    outcome: outcome.kind,
    ...causeOf(outcome),
    waitedMs,
    ranMs,
    attempt: event.attempt > 1 ? event.attempt : undefined,
  };
}
