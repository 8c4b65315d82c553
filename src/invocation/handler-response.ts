import { isUtf8 } from 'node:buffer';
import type { HandlerResponse } from './invocation-outcome.js';
import { memberText } from './json-member.js';
import { Malformed } from './malformed.js';
import { responseHeaders } from './response-headers.js';

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';
const BINARY = 'application/octet-stream';
const BRACE = 0x7b;

/**
 * The response of a function, from what the sub-runtime answered with a 2xx.
 *
 * A JSON object with a `statusCode` is a response; anything else is the body of one with status 200, byte for byte.
 *
 * @param contentType The sub-runtime's own `Content-Type`: tells the number `42` from the text `42`.
 */
export function readHandlerResponse(raw: Buffer, contentType: string): HandlerResponse | Malformed {
  const text = isUtf8(raw) ? raw.toString('utf8') : undefined;
  const parsed = text === undefined ? undefined : parseContainer(text, raw);
  if (text !== undefined && isResponse(parsed)) return fromObject(parsed, text);
  return { statusCode: 200, headers: ['Content-Type', typeOfWhole(text, parsed, contentType)], body: raw };
}

interface ResponseObject {
  statusCode: unknown;
  headers?: unknown;
  multiValueHeaders?: unknown;
  body?: unknown;
  isBase64Encoded?: unknown;
}

/** Objects and arrays only: a scalar is a body whatever it is. */
function parseContainer(text: string, raw: Buffer): unknown {
  const first = raw[0] === BRACE ? '{' : text.trimStart()[0];
  if (first !== '{' && first !== '[') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isResponse(value: unknown): value is ResponseObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.hasOwn(value, 'statusCode') &&
    (value as ResponseObject).statusCode !== null
  );
}

function typeOfWhole(text: string | undefined, parsed: unknown, contentType: string): string {
  if (text === undefined) return BINARY;
  if (parsed !== undefined) return JSON_TYPE;
  return isJsonType(contentType) && parsesAsJson(text) ? JSON_TYPE : TEXT;
}

function isJsonType(contentType: string): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

function parsesAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function fromObject(object: ResponseObject, text: string): HandlerResponse | Malformed {
  const { statusCode } = object;
  if (!Number.isInteger(statusCode) || (statusCode as number) < 200 || (statusCode as number) > 599) {
    return new Malformed('statusCode is no whole number from 200 to 599');
  }
  const read = readBody(object, text);
  if (read instanceof Malformed) return read;
  const headers = responseHeaders(own(object, 'headers'), own(object, 'multiValueHeaders'), read.contentType);
  if (headers instanceof Malformed) return headers;
  return { statusCode: statusCode as number, headers, body: read.body };
}

function own(object: ResponseObject, name: keyof ResponseObject): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function readBody(object: ResponseObject, text: string): { body: string | Buffer; contentType: string } | Malformed {
  const body = own(object, 'body');
  const encoded = own(object, 'isBase64Encoded') === true;
  if (body === undefined) return { body: '', contentType: TEXT };
  if (typeof body !== 'string') {
    if (encoded) return new Malformed('isBase64Encoded is true, but body is no string');
    return { body: memberText(text, 'body') ?? '', contentType: JSON_TYPE };
  }
  if (!encoded) return { body, contentType: TEXT };
  const bytes = decodeBase64(body);
  return bytes ? { body: bytes, contentType: BINARY } : new Malformed('isBase64Encoded is true, but body is no base64');
}

/** RFC 4648, section 4, with padding; line breaks are ignored, as Go's decoder does. */
function decodeBase64(text: string): Buffer | undefined {
  const compact = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  if (compact.length % 4 !== 0 || compact.includes('-') || compact.includes('_')) return undefined;
  // Of a character beyond one byte Node decodes the lower one.
  if (Buffer.byteLength(compact) !== compact.length) return undefined;
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(compact, 'base64');
  // Node skips what it cannot decode, so that anything invalid shows as a missing byte.
  return bytes.length === (compact.length / 4) * 3 - padding ? bytes : undefined;
}
