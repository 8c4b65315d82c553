import { ownMember, parseStrictObject } from './strict-json.js';

/** The only signature algorithm (RFC 8725 section 3.1: the verifier decides, never the token). */
export const ALGORITHM = 'RS256';

/** Three parts that are neither empty nor padded (RFC 7515 section 7.1). Fewer, more (a JWE has five) or JSON do not match. */
const THREE_PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

/**
 * The claims' bytes of a token in JWS compact serialization, before anything is known of its signature; `undefined` if
 * its form or its header is not one that this host accepts. Costs no cryptography.
 */
export function payloadOf(token: string): Uint8Array | undefined {
  const [, header, payload, signature] = THREE_PARTS.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  if (![header, payload, signature].every(isCanonical)) return undefined;
  return isAcceptedHeader(Buffer.from(header, 'base64url')) ? Buffer.from(payload, 'base64url') : undefined;
}

/** Of several texts that decode to the same bytes only one is accepted, else a token could be altered and stay valid. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

/**
 * Nothing in a header chooses a key or fetches one: `kid`, `jwk`, `jku`, `x5u`, `x5c` are not read at all. No extension
 * is understood, so any `crit` is refused (RFC 7515 section 4.1.11), and an unencoded payload too (RFC 7797).
 */
function isAcceptedHeader(bytes: Uint8Array): boolean {
  const header = parseStrictObject(bytes);
  if (!header || ownMember(header, 'alg') !== ALGORITHM || Object.hasOwn(header, 'crit')) return false;
  return !Object.hasOwn(header, 'b64') || header['b64'] === true;
}
