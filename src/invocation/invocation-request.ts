import type { InvocationConfig } from './invocation.config.js';
import { newTraceparent } from './trace-context.js';
import type { TriggerEvent } from './trigger-event.js';

/** The parts of a request to the sub-runtime that are the same for every invocation, as JSON text. */
export interface RequestTemplate {
  readonly contextHead: string;
}

export function requestTemplate(
  config: Pick<InvocationConfig, 'applicationMemory' | 'applicationName' | 'applicationVersion'>,
): RequestTemplate {
  const context = JSON.stringify({
    memoryLimitInMb: config.applicationMemory,
    memoryInMb: config.applicationMemory,
    functionName: config.applicationName,
    functionVersion: config.applicationVersion,
  });
  return { contextHead: `,"context":${context.slice(0, -1)},"requestId":` };
}

/** The constant end of a request: which function of which handler to call. */
export function requestSuffix(handlerName: string, handlerPath: string): string {
  return `},"handlerName":${JSON.stringify(handlerName)},"handlerPath":${JSON.stringify(handlerPath)}}`;
}

/** The body of the request; see `docs/wire-protocol.md`. */
export function requestBody(template: RequestTemplate, suffix: string, event: TriggerEvent, deadline: number): string {
  const requestId = JSON.stringify(event.requestId);
  return (
    `{"event":${JSON.stringify(event.payload)}${template.contextHead}${requestId}` +
    `,"deadline":${deadline},"attempt":${event.attempt}${suffix}`
  );
}

export function requestHeaders(event: TriggerEvent, deadline: number): string[] {
  return [
    'content-type',
    'application/json',
    'x-request-id',
    event.requestId,
    'traceparent',
    event.traceparent ?? newTraceparent(),
    'x-deadline',
    String(deadline),
  ];
}
