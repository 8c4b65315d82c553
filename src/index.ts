/**
 * Types for people who write handlers: `import type { Handler } from 'tributary-host'`. Types alone; a handler needs
 * nothing of the host at run time.
 */

/** What every event has, wherever it comes from: the API-gateway proxy event. */
export interface ProxyEvent {
  /** Decoded, never normalised. `/` for a tick and a message. */
  readonly path: string;
  /** `POST` for a tick and a message. */
  readonly httpMethod: string;
  /** The last value of each, under names such as `Content-Type` and `Etag`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  /** The last value of each. */
  readonly queryStringParameters: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Valid UTF-8 as text, anything else as base64. */
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface RequestContext {
  /** Name of the trigger that brought the event. */
  readonly triggerName: string;
  /** The same over redeliveries and attempts; also in the host's log. */
  readonly requestId: string;
  /** Always empty, as in the original. */
  readonly accountId: '';
  readonly resourceId: '';
  readonly resourcePath: '';
  readonly apiId: '';
  readonly stage: '';
  readonly httpMethod: string;
  readonly path: string;
  /** When it came, in epoch milliseconds. */
  readonly requestTimeEpoch: number;
}

/**
 * A CloudEvent 1.0 in the JSON event format, whatever mode it came in. Extensions are members beside the attributes of the
 * specification: strings where they came in headers.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** A JSON value or text; neither this nor `data_base64` where the event has no data. */
  readonly data?: unknown;
  /** All other data. */
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}

/** An HTTP request. */
export interface HttpEvent extends ProxyEvent {
  readonly resource: 'http';
  readonly requestContext: RequestContext & {
    readonly eventType: 'http';
    /** The verified claims of the token, on a private function. */
    readonly authorizer?: { readonly claims: Readonly<Record<string, unknown>> };
    readonly identity: { readonly sourceIp: string; readonly userAgent: string };
  };
  /** Where the request is a CloudEvent; `body` and `headers` have it as it came. */
  readonly cloudEvent?: CloudEvent;
}

/** A tick of a schedule; `body` has the schedule's args as JSON text. */
export interface CronEvent extends ProxyEvent {
  readonly resource: 'cron';
  readonly requestContext: RequestContext & { readonly eventType: 'cron' };
  readonly cron: {
    readonly schedule: string;
    readonly timeZone: string;
    /** ISO 8601: the instant planned, not the instant run. */
    readonly scheduledAt: string;
    /** From 1. */
    readonly attempt: number;
  };
}

/** A NATS message; `body` has its data, `headers` its headers. */
export interface NatsEvent extends ProxyEvent {
  readonly resource: 'nats';
  readonly requestContext: RequestContext & { readonly eventType: 'nats' };
  readonly nats: {
    readonly subject: string;
    /** Where a reply goes, empty if nobody asks for one. */
    readonly reply: string;
    /** The queue group, empty if every replica gets the message. */
    readonly queue: string;
    /** This and the rest: of a durable trigger alone. */
    readonly stream?: string;
    readonly consumer?: string;
    readonly sequence?: number;
    /** From 1. */
    readonly deliveryCount?: number;
    /** ISO 8601: when the stream stored it. */
    readonly publishedAt?: string;
  };
  /** Where the message is a CloudEvent; `body` and `headers` have it as it came. */
  readonly cloudEvent?: CloudEvent;
}

export type Event = HttpEvent | CronEvent | NatsEvent;

export interface Context {
  /** `SCW_APPLICATION_MEMORY`, in MB. */
  readonly memoryLimitInMb: number;
  readonly memoryInMb: number;
  /** `SCW_APPLICATION_NAME` and `SCW_APPLICATION_VERSION`. */
  readonly functionName: string;
  readonly functionVersion: string;
  readonly requestId: string;
  /** When the host stops waiting, in epoch milliseconds. */
  readonly deadline: number;
  /** The how many-th run of the same event, from 1. */
  readonly attempt: number;
}

/** With a `statusCode` this is the response; without, the whole object is the body, with status 200. */
export interface HandlerResponse {
  /** 200 to 599. */
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown;
  /** `body` is base64 and goes out decoded. */
  readonly isBase64Encoded?: boolean;
}

/** Answers events of any trigger. Whatever it returns that is no `HandlerResponse` is the body of one. */
export type Handler<E extends Event = Event, R = HandlerResponse | string | object | null | undefined> = (
  event: E,
  context: Context,
) => R | Promise<R>;
