import { isObject, type JsonObject, ownMember, parseStrictObject } from './strict-json.js';

/** All claims of a verified token, as the function sees them. */
export interface TokenClaims {
  readonly [claim: string]: unknown;
}

/** The claims, and those among them that decide. */
export interface VerifiedToken {
  readonly claims: TokenClaims;
  /** Empty where the token names none. */
  readonly applicationId: string;
  readonly namespaceId: string;
  /** Seconds since the epoch, fractions allowed (RFC 7519 section 2, NumericDate). */
  readonly expiresAt: number | undefined;
  readonly notBefore: number | undefined;
}

/** What the claims say; `undefined` if any that decides has the wrong shape. Whether the times hold is not asked here. */
export function readClaims(payload: Uint8Array): VerifiedToken | undefined {
  const claims = parseStrictObject(payload);
  if (!claims) return undefined;
  const application = singleObject(ownMember(claims, 'application_claim'));
  if (!application) return undefined;
  const applicationId = optionalText(application, 'application_id');
  const namespaceId = optionalText(application, 'namespace_id');
  if (applicationId === undefined || namespaceId === undefined) return undefined;
  if (!['exp', 'nbf', 'iat'].every((name) => isAbsentOrFinite(claims, name))) return undefined;
  const expiresAt = ownMember(claims, 'exp') as number | undefined;
  const notBefore = ownMember(claims, 'nbf') as number | undefined;
  return { claims: Object.freeze(claims), applicationId, namespaceId, expiresAt, notBefore };
}

/**
 * Whether a token is in its time, without tolerance: valid from the instant `nbf` on, and no more at the instant `exp`
 * (RFC 7519 sections 4.1.4 and 4.1.5). To the millisecond, where jose rounds the clock down to the second.
 */
export function isInTime({ expiresAt, notBefore }: VerifiedToken, nowMs: number): boolean {
  const now = nowMs / 1_000;
  return (expiresAt === undefined || now < expiresAt) && (notBefore === undefined || now >= notBefore);
}

/** The object of an array that holds one and nothing else. */
function singleObject(value: unknown): JsonObject | undefined {
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const [single] = value as unknown[];
  return isObject(single) ? single : undefined;
}

/** An absent text is an empty one, as in the original; `undefined` for what is no text. */
function optionalText(object: JsonObject, name: string): string | undefined {
  if (!Object.hasOwn(object, name)) return '';
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}

/** `1e999` is valid JSON and reads as infinity: a token that never expires. */
function isAbsentOrFinite(claims: JsonObject, name: string): boolean {
  return !Object.hasOwn(claims, name) || Number.isFinite(claims[name]);
}
