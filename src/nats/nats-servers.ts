/** Credentials in front of the host of a URL, decoded: `nats://user:password@host` or `nats://token@host`. */
export type UserInfo = { readonly user: string; readonly password: string } | { readonly token: string };

/** The servers of a list of URLs. */
export interface NatsServers {
  /** `host:port`, without scheme and credentials: what may be logged. */
  readonly addresses: readonly string[];
  /** Whether one of them is `tls://`; the connection is then encrypted, whichever server it reaches. */
  readonly tls: boolean;
  readonly userInfo: UserInfo | undefined;
}

const DEFAULT_PORT = 4222;
const URL_FORM = /^(nats|tls):\/\/(?:([^@/]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/;

export const EXPECTED_URLS = 'nats://host:port or tls://host:port, several separated by commas';

/**
 * Takes the URLs apart. Throws a `TypeError` that says what was expected and never shows a URL: a password with a comma or
 * a slash, or a forgotten host, leave no telling what of it is a secret.
 */
export function parseServers(urls: readonly string[]): NatsServers {
  const parsed = urls.map((url, index) => parseUrl(url, urls.length > 1 ? `URL ${index + 1}` : 'it'));
  const infos = parsed.map(({ userInfo }) => userInfo).filter((userInfo) => userInfo !== undefined);
  if (new Set(infos).size > 1)
    throw new TypeError('expected the same credentials in all URLs: one connection uses one');
  return {
    addresses: parsed.map(({ address }) => address),
    tls: parsed.some(({ tls }) => tls),
    userInfo: infos[0] === undefined ? undefined : parseUserInfo(infos[0]),
  };
}

function parseUrl(url: string, which: string): { address: string; tls: boolean; userInfo: string | undefined } {
  const [, scheme, userInfo, host, portText] = URL_FORM.exec(url) ?? [];
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new TypeError(`expected ${EXPECTED_URLS}, but ${which} is not (not shown: it may hold credentials)`);
  }
  return { address: `${host}:${port}`, tls: scheme === 'tls', userInfo: userInfo || undefined };
}

/** As Go's client has it: a user alone is a token. */
function parseUserInfo(text: string): UserInfo {
  const [user = '', ...rest] = text.split(':');
  if (rest.length === 0) return { token: decode(user) };
  return { user: decode(user), password: decode(rest.join(':')) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('expected credentials whose % is written as %25');
  }
}
