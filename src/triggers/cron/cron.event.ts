import type { TraceContext } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { type EventFormat, formatEvent } from '../event-format.js';
import type { CronTriggerConfig } from './cron.config.js';
import { GATEWAY_CONTEXT, type GatewayContext } from '../gateway-context.js';

/** What is the same for all ticks of a trigger. */
export interface CronEventSource {
  /** May be empty. */
  readonly applicationName: string;
  readonly triggerName: string;
  /** As it was configured. */
  readonly schedule: string;
  readonly timeZone: string;
  /** JSON text, or empty. */
  readonly body: string;
  readonly format: EventFormat;
  readonly startingDeadlineMs: number;
}

/** One attempt of one tick. */
export interface CronAttempt {
  /** The planned instant, epoch milliseconds. */
  readonly scheduledAt: number;
  /** From 1. */
  readonly attempt: number;
  /** When it is handed over, epoch milliseconds. */
  readonly at: number;
  /** The same for all attempts. */
  readonly trace: TraceContext;
}

/** Everything of the configuration that ends up in events. */
export function cronEventSource(config: CronTriggerConfig, applicationName: string): CronEventSource {
  return {
    applicationName,
    triggerName: config.name,
    schedule: config.schedule,
    timeZone: config.timeZone,
    body: config.args === undefined ? '' : JSON.stringify(config.args),
    format: config.format,
    startingDeadlineMs: config.startingDeadlineMs,
  };
}

/** The id goes into headers, where a function's name may hold what they cannot carry. */
const NOT_PRINTABLE = /[^\x21-\x7e]/g;

/** `<application>/<trigger>@<planned instant>`, without the first part where the function has no name. */
export function tickId({ applicationName, triggerName }: CronEventSource, scheduledAt: number): string {
  const tick = `${triggerName}@${new Date(scheduledAt).toISOString()}`;
  return applicationName === '' ? tick : `${applicationName.replace(NOT_PRINTABLE, '-')}/${tick}`;
}

/** The event of a tick, for handlers. `docs/wire-protocol.md` has all fields. */
export interface CronEvent {
  readonly resource: 'cron';
  readonly path: '/';
  readonly httpMethod: 'POST';
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
  readonly queryStringParameters: Record<string, string>;
  readonly multiValueQueryStringParameters: Record<string, string[]>;
  readonly pathParameters: Record<string, string>;
  readonly stageVariables: Record<string, string>;
  /** The args as JSON text, empty without. */
  readonly body: string;
  readonly isBase64Encoded: false;
  readonly requestContext: GatewayContext & {
    readonly eventType: 'cron';
    readonly triggerName: string;
    readonly requestId: string;
    readonly httpMethod: 'POST';
    readonly path: '/';
    readonly requestTimeEpoch: number;
  };
  readonly cron: {
    readonly schedule: string;
    readonly timeZone: string;
    /** ISO 8601: the instant planned, not the instant run. */
    readonly scheduledAt: string;
    readonly attempt: number;
  };
}

/** One attempt of a tick on its way to the function, in the trigger's format. Pure. */
export function toTriggerEvent(source: CronEventSource, cronAttempt: CronAttempt): TriggerEvent {
  const { scheduledAt, attempt, trace } = cronAttempt;
  const proxy = toCronEvent(source, cronAttempt);
  const { requestId } = proxy.requestContext;
  const payload = formatEvent(source.format, {
    proxy,
    body: Buffer.from(source.body),
    cloudEvent: {
      id: requestId,
      source: cloudEventSource(source),
      type: 'tributary.cron.tick',
      time: proxy.cron.scheduledAt,
      dataContentType: source.body === '' ? undefined : 'application/json',
    },
  });
  // Only the first attempt may come too late: a tick that has begun goes on.
  const startBy = scheduledAt + source.startingDeadlineMs;
  return { ...trace, requestId, payload, attempt, plannedAt: scheduledAt, ...(attempt === 1 && { startBy }) };
}

/** The API-gateway proxy event for a tick. Pure. */
export function toCronEvent(
  source: CronEventSource,
  { scheduledAt, attempt, at }: Omit<CronAttempt, 'trace'>,
): CronEvent {
  return {
    resource: 'cron',
    path: '/',
    httpMethod: 'POST',
    headers: {},
    multiValueHeaders: {},
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    pathParameters: {},
    stageVariables: {},
    body: source.body,
    isBase64Encoded: false,
    requestContext: {
      eventType: 'cron',
      triggerName: source.triggerName,
      requestId: tickId(source, scheduledAt),
      ...GATEWAY_CONTEXT,
      httpMethod: 'POST',
      path: '/',
      requestTimeEpoch: at,
    },
    cron: {
      schedule: source.schedule,
      timeZone: source.timeZone,
      scheduledAt: new Date(scheduledAt).toISOString(),
      attempt,
    },
  };
}

/** A URI reference that names the trigger. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#source-1 */
function cloudEventSource({ applicationName, triggerName }: CronEventSource): string {
  return `/${[applicationName, triggerName]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/')}`;
}
