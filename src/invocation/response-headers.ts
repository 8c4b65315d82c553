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

/**
 * The headers of a function's response, names and values alternating, with a `Content-Type` in any case.
 * Where a name stands in both maps, the values of `multiValueHeaders` count.
 */
export function responseHeaders(
  headers: unknown,
  multiValueHeaders: unknown,
  defaultContentType: string,
): string[] | Malformed {
  const flat: string[] = [];
  const names = new Set<string>();
  for (const map of [multiValueHeaders, headers]) {
    const error = appendAll(map, flat, names);
    if (error) return error;
  }
  dropNominated(flat);
  if (!names.has('content-type')) flat.push('Content-Type', defaultContentType);
  return flat;
}

function appendAll(map: unknown, flat: string[], names: Set<string>): Malformed | undefined {
  if (map === undefined || map === null) return undefined;
  if (typeof map !== 'object' || Array.isArray(map)) return new Malformed('headers is no object');
  const seenBefore = new Set(names);
  for (const [name, value] of Object.entries(map)) {
    if (!TOKEN.test(name)) return new Malformed(`header name ${JSON.stringify(name.slice(0, 40))} cannot be sent`);
    const lower = name.toLowerCase();
    if (seenBefore.has(lower)) continue;
    names.add(lower);
    for (const item of Array.isArray(value) ? value : [value]) {
      const text = textOf(item);
      if (text === undefined) return new Malformed(`the value of header ${name} cannot be sent`);
      if (!DROPPED.has(lower) || lower === 'connection') flat.push(name, text);
    }
  }
  return undefined;
}

/** Numbers and booleans are sent as their text. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && !UNSENDABLE.test(text) ? text : undefined;
}

/** Removes `Connection` and the headers that it names. */
function dropNominated(flat: string[]): void {
  const nominated = new Set<string>();
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]?.toLowerCase() !== 'connection') continue;
    nominated.add('connection');
    for (const name of (flat[i + 1] ?? '').split(',')) nominated.add(name.trim().toLowerCase());
  }
  if (nominated.size === 0) return;
  for (let i = flat.length - 2; i >= 0; i -= 2) {
    if (nominated.has((flat[i] ?? '').toLowerCase())) flat.splice(i, 2);
  }
}
