import { BadRequestException } from '@nestjs/common';
import {
  isEmptyFilter,
  type LetterFilter,
  LetterFilterError,
  readLetterFilter,
} from '../dead-letters/letter-filter.js';
import { type LetterPlace, readLetterId } from '../dead-letters/letter-id.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** What a list is asked for. */
export interface LetterListRequest {
  readonly filter: LetterFilter;
  readonly limit: number;
  readonly after?: LetterPlace;
}

/** All of these throw a `BadRequestException` that says what was expected. */

export function readListRequest({ limit, cursor, ...criteria }: Readonly<Record<string, unknown>>): LetterListRequest {
  const after = cursor === undefined ? undefined : readPlace(cursor, 'cursor');
  return { filter: readFilter(criteria), limit: readLimit(limit), ...(after && { after }) };
}

export function readPlace(id: unknown, name = 'id'): LetterPlace {
  const place = typeof id === 'string' ? readLetterId(id) : undefined;
  if (place) return place;
  throw new BadRequestException(`${name}: expected the id of a dead letter, such as 7 or STREAM/7`);
}

/** Which of many letters are meant: whoever says nothing gets none of them, unless he says that he means all. */
export function readSelection(body: unknown): LetterFilter {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadRequestException('expected a JSON object, such as {"trigger":"nats"} or {"all":true}');
  }
  const { all, ...criteria } = body as Record<string, unknown>;
  if (all !== undefined && all !== true) throw new BadRequestException('all: expected true, or nothing');
  const filter = readFilter(criteria);
  if (isEmptyFilter(filter) !== (all === true)) {
    throw new BadRequestException('expected either criteria, such as {"trigger":"nats"}, or {"all":true}');
  }
  return filter;
}

function readLimit(text: unknown): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new BadRequestException(`limit: expected a whole number from 1 to ${MAX_LIMIT}`);
}

function readFilter(criteria: Readonly<Record<string, unknown>>): LetterFilter {
  try {
    return readLetterFilter(criteria);
  } catch (error) {
    if (error instanceof LetterFilterError) throw new BadRequestException(error.message);
    throw error;
  }
}
