import { isUtf8 } from 'node:buffer';

/** What the JSON event format has of the data of a CloudEvent. */
export interface CloudEventData {
  readonly datacontenttype?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
}

/** Section 3.1.1 of the JSON format: the subtype is `json`, or ends in `+json`. */
const JSON_TYPE = /^\s*[\w.!#$&^+-]+\/([\w.!#$&^+-]+\+)?json\s*(;|$)/i;

/**
 * Section 3.1 of the JSON format: JSON is a value, other text a string, all else base64. A body that is not what its
 * type says is given in base64, so that nobody takes it for a value. Without a type, the body says what it is.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function dataOf(body: Buffer, type: string | undefined): CloudEventData {
  if (body.length === 0) return type === undefined ? {} : { datacontenttype: type };
  if (type === undefined) return untypedDataOf(body);
  const data = JSON_TYPE.test(type) ? boundedJson(body) : textOf(body);
  return { datacontenttype: type, ...(data === undefined ? { data_base64: body.toString('base64') } : { data }) };
}

function untypedDataOf(body: Buffer): CloudEventData {
  const value = boundedJson(body);
  if (value !== undefined) return { datacontenttype: 'application/json', data: value };
  const text = textOf(body);
  if (text !== undefined) return { datacontenttype: 'text/plain; charset=utf-8', data: text };
  return { datacontenttype: 'application/octet-stream', data_base64: body.toString('base64') };
}

/**
 * `JSON.stringify`, which every event goes through, runs out of stack at about 4,000 levels on Node 20, and Python's
 * parser at 1,000; `JSON.parse` takes millions.
 */
const MAX_DEPTH = 500;

/** The JSON value that bytes hold; `undefined`, which is no JSON value, where they hold none or one too deep to hand on. */
export function boundedJson(body: Buffer): unknown {
  const text = textOf(body);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isDeeper(value, MAX_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

function textOf(body: Buffer): string | undefined {
  return isUtf8(body) ? body.toString('utf8') : undefined;
}
