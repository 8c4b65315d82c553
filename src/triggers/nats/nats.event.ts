import { isUtf8 } from 'node:buffer';
import { canonicalHeader } from '../canonical-header.js';
import { emptyMap } from '../empty-map.js';
import { type CloudEvent, parseCloudEvent, readCloudEvent } from '../cloud-event.js';
import { GATEWAY_CONTEXT, type GatewayContext } from '../gateway-context.js';

/** What is known of a message when it arrives. */
export interface NatsMessage {
  readonly subject: string;
  /** Where the sender expects the answer, empty where it expects none. */
  readonly reply: string;
  /** Names as they came, each with all its values. */
  readonly headers: Iterable<readonly [string, readonly string[]]>;
  readonly data: Buffer;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Where it comes from a stream. */
  readonly stored?: StoredFacts | undefined;
}

/** What JetStream tells of a message. */
export interface StoredFacts {
  readonly stream: string;
  readonly consumer: string;
  /** Its sequence in the stream. */
  readonly sequence: number;
  /** From 1. */
  readonly deliveryCount: number;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

/** What a trigger adds to every message of it. */
export interface NatsEventContext {
  readonly triggerName: string;
  /** Empty where every replica gets every message. */
  readonly queue: string;
}

/** The event of a NATS message, for handlers. */
export interface NatsEvent {
  readonly resource: 'nats';
  readonly path: '/';
  readonly httpMethod: 'POST';
  readonly headers: Record<string, string>;
  readonly multiValueHeaders: Record<string, string[]>;
  readonly queryStringParameters: Record<string, string>;
  readonly multiValueQueryStringParameters: Record<string, string[]>;
  readonly pathParameters: Record<string, string>;
  readonly stageVariables: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: GatewayContext & {
    readonly eventType: 'nats';
    readonly triggerName: string;
    readonly requestId: string;
    readonly httpMethod: 'POST';
    readonly path: '/';
    readonly requestTimeEpoch: number;
  };
  readonly nats: {
    readonly subject: string;
    readonly reply: string;
    readonly queue: string;
    /** This and the rest: from JetStream alone. */
    readonly stream?: string;
    readonly consumer?: string;
    readonly sequence?: number;
    readonly deliveryCount?: number;
    /** ISO 8601. */
    readonly publishedAt?: string;
  };
  /** Only where the message is one. */
  readonly cloudEvent?: CloudEvent;
}

/** Headers under Go's canonical names. */
export interface NatsEventHeaders {
  /** The last value of each. */
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
}

/** Names that differ in case alone become one; NATS keeps them apart, HTTP and handlers do not. */
export function readHeaders(headers: NatsMessage['headers']): NatsEventHeaders {
  const single = emptyMap<string>();
  const multi = emptyMap<string[]>();
  for (const [name, values] of headers) {
    const canonical = canonicalHeader(name);
    const all = [...(multi[canonical] ?? []), ...values];
    multi[canonical] = all;
    single[canonical] = all.at(-1) ?? '';
  }
  return { single, multi };
}

/** The API-gateway proxy event for a NATS message. Pure. */
export function toNatsEvent(
  message: NatsMessage,
  headers: NatsEventHeaders,
  requestId: string,
  { triggerName, queue }: NatsEventContext,
): NatsEvent {
  const isText = isUtf8(message.data);
  const cloudEvent = cloudEventOf(headers.single, message.data);
  return {
    resource: 'nats',
    path: '/',
    httpMethod: 'POST',
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    pathParameters: {},
    stageVariables: {},
    body: message.data.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    requestContext: {
      eventType: 'nats',
      triggerName,
      requestId,
      ...GATEWAY_CONTEXT,
      httpMethod: 'POST',
      path: '/',
      requestTimeEpoch: message.receivedAt,
    },
    nats: { subject: message.subject, reply: message.reply, queue, ...storedMembers(message.stored) },
    ...(cloudEvent && { cloudEvent }),
  };
}

function storedMembers(stored: StoredFacts | undefined): object | undefined {
  if (!stored) return undefined;
  const { stream, consumer, sequence, deliveryCount, publishedAt } = stored;
  return { stream, consumer, sequence, deliveryCount, publishedAt: new Date(publishedAt).toISOString() };
}

/**
 * The NATS binding of CloudEvents 1.0.2 knows no headers, and SDKs written for it send none: data whose type nobody declares
 * may be a structured event.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md section 3
 */
function cloudEventOf(headers: NatsEventHeaders['single'], data: Buffer): CloudEvent | undefined {
  const isDeclared = headers['Content-Type'] !== undefined || headers['Ce-Specversion'] !== undefined;
  if (isDeclared) return readCloudEvent(headers, data);
  return data.includes('"specversion"') ? parseCloudEvent(data) : undefined;
}
