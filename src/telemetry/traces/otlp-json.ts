import type { TriggerType } from '../../invocation/trigger-event.js';
import type { Span } from './span.js';

type Value = { readonly stringValue: string } | { readonly intValue: string };
interface Attribute {
  readonly key: string;
  readonly value: Value;
}

/** By their numbers in `trace.proto`. */
const KINDS: Readonly<Record<TriggerType, number>> = { cron: 1, http: 2, nats: 5 };
const ERROR = 2;
/** The names of `faas.trigger`. @see https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/ */
const FAAS_TRIGGERS: Readonly<Record<TriggerType, string>> = { http: 'http', nats: 'pubsub', cron: 'timer' };

/**
 * The body of an export. Ids are hexadecimal, enumerations numbers, 64-bit numbers texts.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function toOtlpJson(resource: Readonly<Record<string, string>>, spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: Object.entries(resource).map(([key, value]) => text(key, value)) },
        scopeSpans: [{ scope: { name: 'tributary' }, spans: spans.map(toOtlpSpan) }],
      },
    ],
  });
}

function toOtlpSpan(span: Span): object {
  const { traceId, spanId, parentSpanId, traceState, dispatchedAt, end } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== '' && { parentSpanId }),
    ...(traceState !== '' && { traceState }),
    name: span.triggerName,
    kind: KINDS[span.triggerType],
    startTimeUnixNano: nanoseconds(span.arrivedAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: attributesOf(span),
    events: dispatchedAt === undefined ? [] : [{ timeUnixNano: nanoseconds(dispatchedAt), name: 'dispatched' }],
    status: end.error === undefined ? {} : { code: ERROR, message: end.error },
  };
}

function attributesOf({ triggerName, triggerType, requestId, attempt, end }: Span): Attribute[] {
  const attributes = [
    text('faas.trigger', FAAS_TRIGGERS[triggerType]),
    text('faas.invocation_id', requestId),
    text('tributary.trigger', triggerName),
    text('tributary.outcome', end.outcome),
    whole('tributary.attempt', attempt),
  ];
  if (triggerType === 'nats') attributes.push(text('messaging.system', 'nats'));
  if (end.status !== undefined) attributes.push(whole('http.response.status_code', end.status));
  if (end.errorType !== undefined) attributes.push(text('error.type', end.errorType));
  return attributes;
}

function text(key: string, stringValue: string): Attribute {
  return { key, value: { stringValue } };
}

function whole(key: string, value: number): Attribute {
  return { key, value: { intValue: String(value) } };
}

/** Microseconds are what a double holds of today's time. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1_000)}000`;
}
