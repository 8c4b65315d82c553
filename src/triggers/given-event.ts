import { HostError } from '../errors.js';

/** All of these throw a `HostError` `EVENT_REFUSED` that says what was expected. */

/** An object with none but these members; nothing at all is an empty one. */
export function readGiven<Member extends string>(
  given: unknown,
  members: readonly Member[],
): Readonly<Record<Member, unknown>> {
  const value = given ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw refused('expected a JSON object');
  const unknown = Object.keys(value).find((key) => !members.some((member) => member === key));
  if (unknown !== undefined) throw refused(`expected no member but ${members.join(', ')}`);
  if (!canBeWritten(value)) throw refused('expected values that are nested less deeply');
  return value as Record<Member, unknown>;
}

/** What JSON.parse reads at any depth, JSON.stringify writes as far as the stack goes. */
function canBeWritten(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

export function givenText(name: string, value: unknown, byDefault: string): string {
  if (value === undefined) return byDefault;
  if (typeof value === 'string') return value;
  throw refused(`${name}: expected a text`);
}

/** Each name with all its values, which are given as a text or a list of texts. */
export function givenHeaders(value: unknown): [name: string, values: string[]][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusedHeaders();
  return Object.entries(value).map(([name, given]) => {
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (name === '' || !values.every((one) => typeof one === 'string')) throw refusedHeaders();
    return [name, values];
  });
}

/** A text as it is, or the bytes that it encodes in base64; anything else as JSON. */
export function givenBytes(name: string, value: unknown, isBase64Encoded: unknown): Buffer {
  if (isBase64Encoded !== undefined && typeof isBase64Encoded !== 'boolean') {
    throw refused('isBase64Encoded: expected true or false');
  }
  if (value === undefined) return Buffer.alloc(0);
  if (!isBase64Encoded) return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  if (typeof value === 'string' && BASE64.test(value)) return Buffer.from(value, 'base64');
  throw refused(`${name}: expected base64`);
}

/** RFC 4648, section 4. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function refused(message: string): HostError {
  return new HostError('EVENT_REFUSED', message);
}

function refusedHeaders(): HostError {
  return refused('headers: expected an object of texts, or of lists of texts');
}
