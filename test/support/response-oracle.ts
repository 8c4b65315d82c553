/** What section 4 of the contract says of what a function returned; written without a look at the host's code. */
export interface ExpectedAnswer {
  readonly status: number;
  /** Names in lower case and values, of what the function gave and of the defaults. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** The body is this JSON, but nobody knows in which characters. */
  readonly isGuess?: boolean;
}

/** What may become of it; more than one where the contract leaves it open. `undefined`: 502, malformed. */
export type Permitted = readonly (ExpectedAnswer | undefined)[];

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';
const BINARY = 'application/octet-stream';

type Headers = (readonly [string, string])[];
type Json = Record<string, unknown>;

/**
 * @param bodyText The text of the member `body` as it stands in what was returned, if it is known.
 * @param contentType What the sub-runtime said of it.
 */
export function permittedAnswers(returned: Buffer, contentType: string, bodyText: string | undefined): Permitted {
  const text = textOf(returned);
  const parsed = text === undefined ? undefined : parse(text);
  if (!isObject(parsed?.value) || !Object.hasOwn(parsed.value, 'statusCode') || parsed.value['statusCode'] === null) {
    return [whole(returned, typeOfWhole(text, parsed, contentType))];
  }
  return readResponse(parsed.value, bodyText);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function whole(body: Buffer, type: string): ExpectedAnswer {
  return { status: 200, headers: withDefaults([], type), body };
}

/** A number and a text are told apart by what the sub-runtime says. */
function typeOfWhole(text: string | undefined, parsed: { value: unknown } | undefined, contentType: string): string {
  if (text === undefined) return BINARY;
  if (typeof parsed?.value === 'object' && parsed.value !== null) return JSON_TYPE;
  return parsed && /^application\/(?:[\w.-]+\+)?json$/.test(contentType) ? JSON_TYPE : TEXT;
}

function readResponse(object: Json, bodyText: string | undefined): Permitted {
  const status = object['statusCode'];
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return [undefined];
  const body = readBody(own(object, 'body'), own(object, 'isBase64Encoded') === true, bodyText);
  if (!body) return [undefined];
  const read = readHeaders(own(object, 'headers'), own(object, 'multiValueHeaders'));
  if (read.malformed === 'yes') return [undefined];
  const content = [204, 205, 304].includes(status) ? Buffer.alloc(0) : body.bytes;
  const answers = read.alternatives.map((headers) => ({
    status,
    headers: withDefaults(withoutHops(headers), body.type),
    body: content,
    isGuess: body.isGuess && content.length > 0,
  }));
  return read.malformed === 'perhaps' ? [...answers, undefined] : answers;
}

function own(object: Json, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

interface Body {
  readonly bytes: Buffer;
  readonly type: string;
  readonly isGuess?: boolean;
}

function readBody(body: unknown, isEncoded: boolean, bodyText: string | undefined): Body | undefined {
  if (body === undefined) return { bytes: Buffer.alloc(0), type: TEXT };
  if (typeof body !== 'string') {
    if (isEncoded) return undefined;
    const isGuess = bodyText === undefined;
    return { bytes: Buffer.from(bodyText ?? JSON.stringify(body)), type: JSON_TYPE, isGuess };
  }
  if (!isEncoded) return { bytes: Buffer.from(new TextEncoder().encode(body)), type: TEXT };
  const bytes = decodeBase64(body.replace(/[\r\n]/g, ''));
  return bytes && { bytes, type: BINARY };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648, section 4. */
function decodeBase64(text: string): Buffer | undefined {
  if (!/^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text)) return undefined;
  const digits = text.replaceAll('=', '');
  const bits = [...digits].map((digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

interface ReadHeaders {
  readonly malformed: 'no' | 'perhaps' | 'yes';
  readonly alternatives: readonly Headers[];
}

function readHeaders(headers: unknown, multiValueHeaders: unknown): ReadHeaders {
  const single = readMap(headers);
  const multi = readMap(multiValueHeaders);
  if (!single || !multi) return { malformed: 'yes', alternatives: [] };
  const names = new Set(multi.map(({ name }) => name));
  const kept = single.filter(({ name }) => !names.has(name));
  // What stands in both maps is not sent from `headers`: nobody says that it has to be right there.
  const passedOver = single.filter(({ name }) => names.has(name));
  if ([...multi, ...kept].some(({ isBad }) => isBad)) return { malformed: 'yes', alternatives: [] };
  const flat = (entries: readonly Entry[]): Headers =>
    entries.flatMap(({ name, values }) => values.map((value) => [name, value] as const));
  const emptyNames = new Set(multi.filter(({ values }) => values.length === 0).map(({ name }) => name));
  // Whether an empty list counts as standing there is left open.
  const revived = passedOver.filter(
    ({ name }) => emptyNames.has(name) && !multi.some((entry) => entry.name === name && entry.values.length > 0),
  );
  const alternatives = [flat([...multi, ...kept])];
  if (revived.length > 0 && !revived.some(({ isBad }) => isBad))
    alternatives.push(flat([...multi, ...kept, ...revived]));
  return { malformed: passedOver.some(({ isBad }) => isBad) ? 'perhaps' : 'no', alternatives };
}

interface Entry {
  readonly name: string;
  readonly values: readonly string[];
  /** HTTP cannot carry it. */
  readonly isBad: boolean;
}

function readMap(map: unknown): Entry[] | undefined {
  if (map === undefined || map === null) return [];
  if (!isObject(map)) return undefined;
  return Object.entries(map).map(([name, given]) => {
    const values = (Array.isArray(given) ? (given as unknown[]) : [given]).map((value) =>
      typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
    );
    const isToken = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(name);
    const isSendable = values.every((value) => typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
    const trimmed = values.map((value) => String(value).replace(/^[\t ]+|[\t ]+$/g, ''));
    return { name: name.toLowerCase(), values: trimmed, isBad: !isToken || !isSendable };
  });
}

const HOPS = [
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** RFC 9110, 7.6.1; and the id of a request is the host's own. */
function withoutHops(headers: Headers): Headers {
  const named = headers.filter(([name]) => name === 'connection').flatMap(([, value]) => value.split(','));
  const hops = new Set([...HOPS, 'x-request-id', ...named.map((name) => name.trim().toLowerCase())]);
  return headers.filter(([name]) => !hops.has(name));
}

function withDefaults(headers: Headers, contentType: string): Headers {
  const defaults = [
    ['content-type', contentType],
    ['access-control-allow-origin', '*'],
    ['access-control-allow-headers', 'Content-Type'],
  ] as const;
  return [...headers, ...defaults.filter(([name]) => !headers.some(([given]) => given === name))];
}
