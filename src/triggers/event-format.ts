import { isUtf8 } from 'node:buffer';
import type { CloudEvent } from './cloud-event.js';
import { dataOf } from './cloud-event-data.js';

export const EVENT_FORMATS = ['scaleway', 'cloudevents', 'raw'] as const;

/**
 * What the function gets as its event:
 * - `scaleway`: the API-gateway proxy event
 * - `cloudevents`: a CloudEvent 1.0 in structured JSON: the one that came, or else one of ours
 * - `raw`: the body alone, as a string
 */
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** An event that can be given in each format. */
export interface FormattableEvent {
  readonly proxy: object;
  readonly body: Buffer;
  readonly cloudEvent: CloudEventAttributes;
  /** The CloudEvent that the source sent, where it sent one. */
  readonly received?: CloudEvent | undefined;
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
      return event.received ?? toCloudEvent(event);
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
