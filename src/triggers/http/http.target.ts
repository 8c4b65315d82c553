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
/** Host and port as in a URI (RFC 3986, 3.2.2), without the user that a request must not name (RFC 9110, 4.2.4). */
const AUTHORITY = /^((?:[\w.~!$&'()*+;=-]|%[\dA-Fa-f]{2})*|\[[\dA-Fa-f:.]+\])(:\d*)?$/;
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;

/** Whether a text may be the value of `Host`; an empty one may (RFC 9110, 7.2). */
export function isAuthority(text: string): boolean {
  return AUTHORITY.test(text);
}

/** How often `Host` stands among names and values, alternating. */
export function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts;
}

/**
 * Takes a request target apart; `undefined` where its percent-encoding is broken, or its form is none of HTTP: a path, an
 * `http` URI with a host, or `*` for OPTIONS alone (RFC 9112, 3.2).
 */
export function parseTarget(url: string, method: string): Target | undefined {
  const target = NOT_ASCII.test(url) ? Buffer.from(url, 'latin1').toString('utf8') : url;
  const absolute = target.startsWith('/') ? null : ABSOLUTE.exec(target);
  if (absolute ? !isHost(absolute[1] as string) : !target.startsWith('/') && !isAsterisk(target, method))
    return undefined;
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const mark = rest.indexOf('?');
  const rawPath = mark < 0 ? rest : rest.slice(0, mark);
  const path = percentDecode(rawPath || '/');
  return path === undefined
    ? undefined
    : { path, query: mark < 0 ? '' : rest.slice(mark + 1), authority: absolute?.[1] };
}

function isHost(authority: string): boolean {
  return authority !== '' && !authority.startsWith(':') && isAuthority(authority);
}

function isAsterisk(target: string, method: string): boolean {
  return target === '*' && method === 'OPTIONS';
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
