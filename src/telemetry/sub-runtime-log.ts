import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import {
  type InvocationSettledMessage,
  type InvocationStartedMessage,
  invocationSettled,
  invocationStarted,
} from '../invocation/invocation.channel.js';
import {
  type SubRuntimeOutputMessage,
  type SubRuntimeStateMessage,
  subRuntimeOutput,
  subRuntimeState,
} from '../invocation/sub-runtime/sub-runtime.channel.js';
import { readFunctionLine } from './function-line.js';
import { HOST_LOGGER } from './logger.js';
import { RecentInvocations } from './recent-invocations.js';

/** The life of the sub-runtimes and what they write, as log lines. */
@Injectable()
export class SubRuntimeLog implements OnModuleInit, OnApplicationShutdown {
  private readonly host: Logger;
  private readonly function: Logger;
  private readonly recent = new RecentInvocations();

  constructor(@Inject(HOST_LOGGER) logger: Logger) {
    this.host = logger.child({ context: 'sub-runtime' });
    this.function = logger.child({ context: 'function' });
  }

  onModuleInit(): void {
    subRuntimeState.subscribe(this.onState);
    subRuntimeOutput.subscribe(this.onOutput);
    invocationStarted.subscribe(this.onStarted);
    invocationSettled.subscribe(this.onSettled);
  }

  onApplicationShutdown(): void {
    subRuntimeState.unsubscribe(this.onState);
    subRuntimeOutput.unsubscribe(this.onOutput);
    invocationStarted.unsubscribe(this.onStarted);
    invocationSettled.unsubscribe(this.onSettled);
  }

  /** Whether that is the id of an invocation that began lately. */
  readonly isInvocation = (requestId: string): boolean => this.recent.has(requestId);

  private readonly onStarted = (message: unknown) =>
    this.recent.started((message as InvocationStartedMessage).event.requestId);

  private readonly onSettled = (message: unknown) => {
    const { began, event } = message as InvocationSettledMessage;
    if (began) this.recent.ended(event.requestId);
  };

  private readonly onState = (message: unknown) => {
    const { worker, state, pid, cause, detail, milliseconds } = message as SubRuntimeStateMessage;
    if (cause) {
      this.host.error({ worker, state, cause }, `${describeEnd(cause, detail)} It starts again in ${milliseconds} ms.`);
    } else if (state === 'ready') {
      this.host.info({ worker, state, pid }, `The sub-runtime listened ${milliseconds} ms after its start`);
    } else {
      this.host.debug({ worker, state, pid }, `The sub-runtime is ${state}`);
    }
  };

  private readonly onOutput = (message: unknown) => {
    const { worker, stream, line } = message as SubRuntimeOutputMessage;
    const { level, text, requestId, fields } = readFunctionLine(line, this.isInvocation);
    this.function[level]({ worker, stream, requestId, fields }, text);
  };
}

/** Whole sentences: the reasons of a sub-runtime that never became ready are, those of one that ended are predicates. */
function describeEnd(cause: NonNullable<SubRuntimeStateMessage['cause']>, detail = 'ended'): string {
  switch (cause) {
    case 'hung':
      return 'The sub-runtime completed nothing for 10 s after a timeout and has been killed.';
    case 'not-ready':
      return detail;
    case 'exited':
    case 'stopped':
      return `The sub-runtime ${detail}.`;
  }
}
