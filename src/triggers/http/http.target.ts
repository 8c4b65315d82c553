/** The request target, taken apart. */
export interface Target {
  /** Decoded, never normalised. */
  readonly path: string;
  /** What follows the first `?`, not decoded. */
  readonly query: string;
  /** Host and port of an absolute-form target, which override the `Host` header (RFC 9112, 3.2.2). */
  readonly authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;

/** Takes a request target apart; `undefined` where its percent-encoding is broken. */
export function parseTarget(url: string): Target | undefined {
  const target = NOT_ASCII.test(url) ? Buffer.from(url, 'latin1').toString('utf8') : url;
  const absolute = target.startsWith('/') ? null : ABSOLUTE.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const mark = rest.indexOf('?');
  const rawPath = mark < 0 ? rest : rest.slice(0, mark);
  const path = percentDecode(rawPath || '/');
  return path === undefined
    ? undefined
    : { path, query: mark < 0 ? '' : rest.slice(mark + 1), authority: absolute?.[1] };
}

/**
 * The parameters of a query in their order. As Go's `URL.Query()`: `+` is a space, and a pair that cannot be decoded,
 * or has a `;`, is left out. Bytes that are no UTF-8 become U+FFFD.
 */
export function parseQuery(query: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  if (query === '') return pairs;
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = decodeParameter(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodeParameter(pair.slice(equals + 1));
    if (name !== undefined && value !== undefined) pairs.push([name, value]);
  }
  return pairs;
}

function decodeParameter(text: string): string | undefined {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/** `undefined` where an escape is broken; escaped bytes that are no UTF-8 become U+FFFD. */
function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (BROKEN_ESCAPE.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = text.replace(/[^%]+|%../g, (part) =>
      part.startsWith('%') ? String.fromCharCode(parseInt(part.slice(1), 16)) : Buffer.from(part).toString('latin1'),
    );
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
}
