import { randomUUID } from 'node:crypto';
import type { Environment } from '../../config/read-variables.js';
import { saneRequestId } from '../../invocation/request-id.js';
import { newTrace } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { queueGroup } from '../../nats/nats-name.js';
import { CronTriggerConfig } from '../../triggers/cron/cron.config.js';
import { cronEventSource, toTriggerEvent } from '../../triggers/cron/cron.event.js';
import { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import { toHttpEvent } from '../../triggers/http/http.event.js';
import { NatsTriggerConfig } from '../../triggers/nats/nats.config.js';
import { NatsReader } from '../../triggers/nats/nats.reader.js';
import { readTriggerSettings } from '../settings.js';
import type { HeaderArguments, SampleRequest } from './invoke-arguments.js';

/** An event as its trigger would make it, and the exported function that this trigger calls. */
export interface SampleEvent {
  readonly event: TriggerEvent;
  /** `undefined`: `SCW_HANDLER_NAME`. */
  readonly functionName: string | undefined;
}

/** Made by the triggers' own functions, with the settings that the environment has for them. */
export function sampleEvent(request: SampleRequest, applicationName: string, environment: Environment): SampleEvent {
  switch (request.type) {
    case 'http':
      return httpSample(request, readTriggerSettings(HttpTriggerConfig, environment));
    case 'cron':
      return cronSample(request, readTriggerSettings(CronTriggerConfig, environment), applicationName);
    case 'nats':
      return natsSample(request, readTriggerSettings(NatsTriggerConfig, environment), applicationName);
    case 'event':
      return givenSample(request.json);
  }
}

function httpSample(request: SampleRequest & { type: 'http' }, { name, handler }: HttpTriggerConfig): SampleEvent {
  const { method, target, headers, data } = request;
  const requestId = saneRequestId(lastOf(headers, 'x-request-id')) ?? randomUUID();
  const payload = toHttpEvent({
    method,
    target,
    rawHeaders: [...defaultHeaders(headers, data), ...headers.flat()],
    body: data,
    sourceIp: '127.0.0.1',
    requestId,
    triggerName: name,
    receivedAt: Date.now(),
    claims: undefined,
    hiddenHeaders: new Set(),
  });
  return { event: { requestId, payload, attempt: 1 }, functionName: handler };
}

/** What a client sends without being asked. */
function defaultHeaders(given: HeaderArguments, data: Buffer) {
  const defaults: [string, string][] = [
    ['Host', 'localhost'],
    ['User-Agent', 'tributary-invoke'],
    ...(data.length > 0 ? [['Content-Length', String(data.length)] as [string, string]] : []),
  ];
  return defaults.filter(([name]) => lastOf(given, name.toLowerCase()) === undefined).flat();
}

function lastOf(headers: HeaderArguments, lowerName: string): string | undefined {
  return headers.findLast(([name]) => name.toLowerCase() === lowerName)?.[1];
}

function cronSample({ args }: SampleRequest & { type: 'cron' }, config: CronTriggerConfig, applicationName: string) {
  // An event of every second, where there is no schedule yet.
  if (config.schedule === '') config.schedule = '* * * * * *';
  if (args !== undefined) config.args = args;
  const now = Date.now();
  const attempt = { scheduledAt: now - (now % 1_000), attempt: 1, at: now, trace: newTrace() };
  return { event: toTriggerEvent(cronEventSource(config, applicationName), attempt), functionName: config.handler };
}

function natsSample(request: SampleRequest & { type: 'nats' }, config: NatsTriggerConfig, applicationName: string) {
  const { subject, headers, data } = request;
  const reader = new NatsReader({
    context: { triggerName: config.name, queue: queueGroup(config.queue, applicationName) },
    applicationName,
    format: config.format,
    logger: { warn: () => undefined },
  });
  const received = { subject, reply: '', headers: headers.map(([name, value]) => [name, [value]] as const), data };
  const event = reader.readReceived({ ...received, receivedAt: Date.now() });
  return { event, functionName: config.handler };
}

/** An event, or a whole request to a sub-runtime, such as `dead-letters show --invocation` prints one. */
function givenSample(json: unknown): SampleEvent {
  const { event, handlerName, context } = members(json);
  if (event === undefined || typeof handlerName !== 'string') return { event: given(json), functionName: undefined };
  const { requestId, attempt } = members(context);
  return {
    event: {
      ...given(event),
      ...(typeof requestId === 'string' && { requestId }),
      ...(typeof attempt === 'number' && { attempt }),
    },
    functionName: handlerName,
  };
}

function given(payload: unknown): TriggerEvent {
  const { requestId } = members(members(payload)['requestContext']);
  const sane = typeof requestId === 'string' ? saneRequestId(requestId) : undefined;
  return { requestId: sane ?? randomUUID(), payload, attempt: 1 };
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
