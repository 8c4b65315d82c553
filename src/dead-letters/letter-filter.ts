import { overlaps, SUBSCRIBE_SUBJECT } from '../nats/nats-subject.js';
import type { DeadLetter } from './dead-letter.js';

/** Which letters are meant: those that have all of what is said here; all of them where nothing is said. */
export interface LetterFilter {
  readonly trigger?: string | undefined;
  readonly reason?: string | undefined;
  readonly requestId?: string | undefined;
  /** Of the message; wildcards allowed. */
  readonly subject?: string | undefined;
  /** Given up before this instant, epoch milliseconds. */
  readonly before?: number | undefined;
  /** Given up at this instant or later, epoch milliseconds. */
  readonly after?: number | undefined;
}

export function matchesFilter(letter: DeadLetter, filter: LetterFilter): boolean {
  const { trigger, reason, requestId, subject, before, after } = filter;
  const lastAt = Date.parse(letter.lastAt);
  return (
    (trigger === undefined || trigger === letter.trigger) &&
    (reason === undefined || reason === letter.reason) &&
    (requestId === undefined || requestId === letter.requestId) &&
    (subject === undefined || overlaps(subject, letter.subject)) &&
    (before === undefined || lastAt < before) &&
    (after === undefined || lastAt >= after)
  );
}

/** A filter that cannot be read; the message says what was expected. */
export class LetterFilterError extends Error {
  override readonly name = 'LetterFilterError';
}

/** How each criterion is read from what was given for it. */
const CRITERIA: {
  readonly [criterion in keyof LetterFilter]-?: (text: string, name: string) => LetterFilter[criterion];
} = { trigger: asItIs, reason: asItIs, requestId: asItIs, subject: readSubject, before: readTime, after: readTime };

export const CRITERIA_NAMES = Object.keys(CRITERIA) as readonly (keyof LetterFilter)[];

/**
 * The filter that texts by the names of its criteria say; what is `undefined` is not said. Throws a `LetterFilterError`
 * also at a name that is none: whoever mistypes it must not get all letters.
 */
export function readLetterFilter(given: Readonly<Record<string, unknown>>): LetterFilter {
  const filter: Partial<Record<keyof LetterFilter, string | number | undefined>> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isCriterion(name)) {
      throw new LetterFilterError(`${name}: expected one of ${CRITERIA_NAMES.join(', ')}`);
    }
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '') throw new LetterFilterError(`${name}: expected a text`);
    filter[name] = CRITERIA[name](value, name);
  }
  return filter as LetterFilter;
}

export function isEmptyFilter(filter: LetterFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

function isCriterion(name: string): name is keyof LetterFilter {
  return Object.hasOwn(CRITERIA, name);
}

function asItIs(text: string): string {
  return text;
}

function readSubject(text: string, name: string): string {
  if (SUBSCRIBE_SUBJECT.test(text)) return text;
  throw new LetterFilterError(`${name}: expected a subject such as orders.new, orders.* or orders.>`);
}

/** Without a zone a time would be another one on each machine. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

function readTime(text: string, name: string): number {
  const time = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new LetterFilterError(`${name}: expected a time with its zone such as 2026-11-27T10:00:00Z, or a day`);
}
