import { hasDuplicateMembers } from './duplicate-members.js';

/** Refuses bytes that are no UTF-8 instead of replacing them; a byte order mark is no JSON and stays (RFC 8725 section 3.7). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON object that the bytes hold; `undefined` if they hold anything else, or a name twice in one object. */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasDuplicateMembers(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own member: what an object inherits, such as `constructor`, is never taken for one. */
export function ownMember(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
