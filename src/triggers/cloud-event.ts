import { boundedJson, dataOf } from './cloud-event-data.js';
import { decodeHeaderValue } from './cloud-event-header.js';
import { emptyMap } from './empty-map.js';

/**
 * A CloudEvent 1.0 in the JSON event format; extensions are members beside the attributes of the specification. The
 * package exports the same shape to handlers.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}

/** The last value of each header, under names in Go's canonical form, in an object without a prototype. */
type Headers = Readonly<Record<string, string>>;

/** HTTP binding, section 3: with this prefix a message is never in binary mode, whatever its other headers say. */
const CLOUD_EVENTS = /^\s*application\/cloudevents/i;
/** The JSON format by its own name, or by the one of the NATS binding (section 3). Batches and other formats are not. */
const STRUCTURED = /^\s*application\/cloudevents(\+json)?\s*(;|$)/i;

/**
 * The CloudEvent that a message is, in binary or structured mode; `undefined` for every other message, among them those
 * that break a rule of CloudEvents. Looks at two headers of a message that does not claim to be one.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 * @see https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
 */
export function readCloudEvent(headers: Headers, body: Buffer): CloudEvent | undefined {
  const contentType = headers['Content-Type'];
  if (contentType !== undefined && CLOUD_EVENTS.test(contentType)) {
    return STRUCTURED.test(contentType) ? parseCloudEvent(body) : undefined;
  }
  return headers['Ce-Specversion'] === undefined ? undefined : readBinary(headers, body);
}

/** Structured mode. A member that is null is one that is not there (JSON format, 2.2), but for `data` (3.1.1). */
export function parseCloudEvent(body: Buffer): CloudEvent | undefined {
  const value = boundedJson(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const event = emptyMap<unknown>();
  for (const [name, member] of Object.entries(value)) {
    if (member !== null || name === 'data') event[name] = member;
  }
  return isCloudEvent(event) ? event : undefined;
}

/** Binary mode: attributes in `ce-` headers, the body is the data. */
function readBinary(headers: Headers, body: Buffer): CloudEvent | undefined {
  const event = emptyMap<unknown>();
  for (const [header, value] of Object.entries(headers)) {
    const name = attributeName(header);
    if (name === undefined) continue;
    const decoded = decodeHeaderValue(value);
    if (decoded === undefined) return undefined;
    event[name] = decoded;
  }
  if (!isCloudEvent(event)) return undefined;
  // HTTP says the type of the data by Content-Type, NATS by ce-datacontenttype (sections 3.1.1 and 3.1.3.1).
  return Object.assign(event, dataOf(body, headers['Content-Type'] ?? event.datacontenttype));
}

/** Section "Naming Conventions" of the specification: small letters and digits, and none is called `data`. */
const ATTRIBUTE = /^Ce-([A-Za-z0-9]+)$/;

function attributeName(header: string): string | undefined {
  const name = ATTRIBUTE.exec(header)?.[1]?.toLowerCase();
  return name === 'data' ? undefined : name;
}

const REQUIRED = ['id', 'source', 'type'];
const OPTIONAL = ['subject', 'time', 'datacontenttype', 'dataschema', 'data_base64'];

function isCloudEvent(event: Record<string, unknown>): event is Record<string, unknown> & CloudEvent {
  return (
    event['specversion'] === '1.0' &&
    REQUIRED.every((name) => typeof event[name] === 'string' && event[name] !== '') &&
    OPTIONAL.every((name) => event[name] === undefined || typeof event[name] === 'string') &&
    !('data' in event && 'data_base64' in event)
  );
}
