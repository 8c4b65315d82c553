import { Malformed } from './malformed.js';

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110, 5.5: what Node, too, lets into a field value. */
// oxlint-disable-next-line no-control-regex
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** Framing and hop-by-hop (RFC 9110, 7.6.1): the host's own business on its own connection. */
const DROPPED = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Clients and proxies refuse more; a function that sends more has a bug. */
const MAX_HEADERS_LENGTH = 65_536;

/**
 * The headers of a function's response, names and values alternating, with a `Content-Type` in any case.
 * Where a name stands in both maps, the values of `multiValueHeaders` count.
 */
export function responseHeaders(
  headers: unknown,
  multiValueHeaders: unknown,
  defaultContentType: string,
): string[] | Malformed {
  const given: Header[] = [];
  const error = collect(multiValueHeaders, given, NONE) ?? collect(headers, given, namesOf(given));
  if (error) return error;
  const dropped = nominated(given);
  const flat: string[] = [];
  let hasContentType = false;
  for (const { name, lower, value } of given) {
    if (DROPPED.has(lower) || dropped.has(lower)) continue;
    hasContentType ||= lower === 'content-type';
    flat.push(name, value);
  }
  if (!hasContentType) flat.push('Content-Type', defaultContentType);
  return flat;
}

interface Header {
  readonly name: string;
  readonly lower: string;
  readonly value: string;
}

const NONE: ReadonlySet<string> = new Set();

function namesOf(given: readonly Header[]): ReadonlySet<string> {
  return given.length === 0 ? NONE : new Set(given.map(({ lower }) => lower));
}

function collect(map: unknown, given: Header[], passedOver: ReadonlySet<string>): Malformed | undefined {
  if (map === undefined || map === null) return undefined;
  if (typeof map !== 'object' || Array.isArray(map)) return new Malformed('headers is no object');
  let length = 0;
  for (const [name, values] of Object.entries(map)) {
    if (!TOKEN.test(name)) return new Malformed(`header name ${JSON.stringify(name.slice(0, 40))} cannot be sent`);
    const lower = name.toLowerCase();
    if (passedOver.has(lower)) continue;
    for (const item of Array.isArray(values) ? values : [values]) {
      const value = textOf(item);
      if (value === undefined) return new Malformed(`the value of header ${name.slice(0, 40)} cannot be sent`);
      length += name.length + value.length;
      if (length > MAX_HEADERS_LENGTH) return new Malformed(`its headers are over ${MAX_HEADERS_LENGTH} bytes`);
      given.push({ name, lower, value });
    }
  }
  return undefined;
}

/** Numbers and booleans are sent as their text. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && !UNSENDABLE.test(text) ? text : undefined;
}

/** The names that `Connection` lists: hop-by-hop, too. */
function nominated(given: readonly Header[]): ReadonlySet<string> {
  const connections = given.filter(({ lower }) => lower === 'connection');
  if (connections.length === 0) return NONE;
  return new Set(connections.flatMap(({ value }) => value.split(',').map((name) => name.trim().toLowerCase())));
}
