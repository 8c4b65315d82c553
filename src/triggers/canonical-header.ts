const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const CACHE_LIMIT = 2_000;
const cache = new Map<string, string>();

/**
 * A header's name in Go's canonical form, as handlers of the original know it: `content-type` is `Content-Type`,
 * `ETag` is `Etag`. What is no token stays as it is.
 * @see https://pkg.go.dev/net/textproto#CanonicalMIMEHeaderKey
 */
export function canonicalHeader(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const canonical = TOKEN.test(name) ? canonicalize(name) : name;
  if (cache.size < CACHE_LIMIT) cache.set(name, canonical);
  return canonical;
}

function canonicalize(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('-');
}
