import { randomUUID } from 'node:crypto';
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

/** Stands for a body while the rest is written. Nobody outside of this process knows it, so that it occurs nowhere else. */
const PLACE_OF_BODY = randomUUID();

/** A body of base64 is put into its place as it is: to look it through takes most of the time that a large one needs. */
function payloadJson({ payload, hasBase64Body }: TriggerEvent): string {
  if (!hasBase64Body) return JSON.stringify(payload);
  const withBody = payload as { readonly body: string };
  const json = JSON.stringify({ ...withBody, body: PLACE_OF_BODY });
  const at = json.indexOf(PLACE_OF_BODY);
  return json.slice(0, at) + withBody.body + json.slice(at + PLACE_OF_BODY.length);
}

/** The body of the request; see `docs/wire-protocol.md`. */
export function requestBody(template: RequestTemplate, suffix: string, event: TriggerEvent, deadline: number): string {
  const requestId = JSON.stringify(event.requestId);
  return (
    `{"event":${payloadJson(event)}${template.contextHead}${requestId}` +
    `,"deadline":${deadline},"attempt":${event.attempt}${suffix}`
  );
}

export function requestHeaders(event: TriggerEvent, deadline: number): string[] {
  const headers = [
    'content-type',
    'application/json',
    'x-request-id',
    event.requestId,
    'traceparent',
    event.traceparent ?? newTraceparent(),
    'x-deadline',
    String(deadline),
  ];
  if (event.tracestate !== undefined) headers.push('tracestate', event.tracestate);
  return headers;
}
