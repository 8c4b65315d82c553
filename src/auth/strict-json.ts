import { hasDuplicateMembers } from './duplicate-members.js';

/** Refuses bytes that are no UTF-8 instead of replacing them; a byte order mark is no JSON and stays (RFC 8725 section 3.7). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Objects and arrays within each other (RFC 8259 section 9 allows a limit). `JSON.parse` takes any number, but the claims
 * go to the function: `JSON.stringify` runs out of stack at some 4,000 levels on Node 20, and Python's parser at 1,000.
 */
const MAX_DEPTH = 500;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object that the bytes hold; `undefined` if they hold anything else, one too deep, or a name twice in one. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || isDeeperThan(MAX_DEPTH, value)) return undefined;
    return hasDuplicateMembers(text) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(depth - 1, inner));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own member: what an object inherits, such as `constructor`, is never taken for one. */
export function ownMember(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
