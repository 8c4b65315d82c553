import type { ParseArgsConfig } from 'node:util';
import {
  isEmptyFilter,
  type LetterFilter,
  LetterFilterError,
  readLetterFilter,
} from '../../dead-letters/letter-filter.js';
import { type LetterPlace, readLetterId } from '../../dead-letters/letter-id.js';
import type { CliError } from '../cli-error.js';
import { parseCommand, usageError } from '../command-line.js';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Where the letters lie, and whose are meant. */
export const NATS_OPTIONS = {
  server: { type: 'string' },
  function: { type: 'string' },
  'dead-letter-subject': { type: 'string', multiple: true },
} as const satisfies Options;

export const FILTER_OPTIONS = {
  trigger: { type: 'string' },
  reason: { type: 'string' },
  subject: { type: 'string' },
  before: { type: 'string' },
  after: { type: 'string' },
  'request-id': { type: 'string' },
} as const satisfies Options;

export const JSON_OPTION = { json: { type: 'boolean' } } as const satisfies Options;

/** What the options of a filter say. */
export type FilterValues = { readonly [option in keyof typeof FILTER_OPTIONS]?: string | undefined };

export function usage(message: string): CliError {
  return usageError('dead-letters', message);
}

interface LetterCommand<T extends Options> {
  readonly args: readonly string[];
  readonly allowPositionals: true;
  readonly options: T;
}

export function parsed<const T extends Options>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseCommand<LetterCommand<T>>> {
  return parseCommand('dead-letters', { args, allowPositionals: true, options });
}

export function readPlace(id: string, option = 'ID'): LetterPlace {
  const place = readLetterId(id);
  if (!place)
    throw usage(`${option}: expected the id of a dead letter, such as 7 or STREAM/7, got ${JSON.stringify(id)}`);
  return place;
}

/** The criteria by the names that the host's API has for them. */
export function criteriaOf({ 'request-id': requestId, ...rest }: FilterValues): Record<string, string> {
  const { trigger, reason, subject, before, after } = rest;
  const all = { trigger, reason, subject, before, after, requestId };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function filterOf(values: FilterValues): LetterFilter {
  try {
    return readLetterFilter(criteriaOf(values));
  } catch (error) {
    if (error instanceof LetterFilterError) throw usage(`--${error.message}`);
    throw error;
  }
}

/** Which letters are meant: some by their ids, or all that match. */
export type Selection =
  | { readonly kind: 'ids'; readonly places: readonly LetterPlace[] }
  | { readonly kind: 'filter'; readonly filter: LetterFilter };

/** Whoever says nothing gets no letter, unless he says that he means all. */
export function selectionOf(ids: readonly string[], values: FilterValues & { all?: boolean | undefined }): Selection {
  const filter = filterOf(values);
  const ways = [ids.length > 0, !isEmptyFilter(filter), values.all === true].filter(Boolean);
  if (ways.length !== 1) throw usage('expected one of: ids, a filter such as --trigger NAME, or --all');
  if (ids.length > 0) return { kind: 'ids', places: ids.map((id) => readPlace(id)) };
  return { kind: 'filter', filter };
}
