import { isUtf8 } from 'node:buffer';

export const EVENT_FORMATS = ['scaleway', 'cloudevents', 'raw'] as const;

/**
 * What the function gets as its event:
 * - `scaleway`: the API-gateway proxy event
 * - `cloudevents`: a CloudEvent 1.0 in structured JSON
 * - `raw`: the body alone, as a string
 */
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** An event that can be given in each format. */
export interface FormattableEvent {
  readonly proxy: object;
  readonly body: Buffer;
  readonly cloudEvent: CloudEventAttributes;
}

/** Context attributes, as the specification defines them. @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEventAttributes {
  readonly id: string;
  /** A URI reference. */
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string | undefined;
  /** The media type of the body, where its source gave one. */
  readonly dataContentType?: string | undefined;
}

export function formatEvent(format: EventFormat, event: FormattableEvent): unknown {
  switch (format) {
    case 'scaleway':
      return event.proxy;
    case 'cloudevents':
      return toCloudEvent(event);
    case 'raw':
      return toText(event.body);
  }
}

/** Bytes that are no UTF-8 are given in base64. */
function toText(body: Buffer): string {
  return body.toString(isUtf8(body) ? 'utf8' : 'base64');
}

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function toCloudEvent({ body, cloudEvent }: FormattableEvent): object {
  const { id, source, type, time, subject, dataContentType } = cloudEvent;
  return {
    specversion: '1.0',
    id,
    source,
    type,
    time,
    ...(subject !== undefined && { subject }),
    ...dataOf(body, dataContentType),
  };
}

const JSON_TYPE = /^\s*(text|application)\/([\w.+-]+\+)?json\s*(;|$)/i;

/**
 * Section 3.1 of the JSON format: JSON is a value, other text a string, all else base64. A body that is not what its
 * type says is given in base64, so that nobody takes it for a value. Without a type, the body says what it is.
 */
function dataOf(body: Buffer, type: string | undefined): object {
  if (body.length === 0) return type === undefined ? {} : { datacontenttype: type };
  const text = isUtf8(body) ? body.toString('utf8') : undefined;
  const binary = { data_base64: body.toString('base64') };
  if (type !== undefined) {
    const data = JSON_TYPE.test(type) ? jsonOf(text) : text;
    return { datacontenttype: type, ...(data === undefined ? binary : { data }) };
  }
  if (text === undefined) return { datacontenttype: 'application/octet-stream', ...binary };
  const value = jsonOf(text);
  if (value === undefined) return { datacontenttype: 'text/plain; charset=utf-8', data: text };
  return { datacontenttype: 'application/json', data: value };
}

/** `undefined`, which is no JSON value, where there is none. */
function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
