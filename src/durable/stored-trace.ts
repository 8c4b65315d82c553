import type { StoredLetter } from '../dead-letters/stored-letter.js';
import { givenTrace, type TraceContext, traceOfIdentity } from '../invocation/trace-context.js';

/** What is known of a message of a stream, wherever and how often it is delivered. */
export interface StoredPlace {
  readonly stream: string;
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly publishedAt: number;
}

/**
 * The trace of a message: its own, or else one that all its deliveries share, on whatever host, and so does the replay of
 * its dead letter.
 *
 * @param headers Names in any case, each with all its values.
 */
export function storedTrace(
  { stream, sequence, publishedAt }: StoredPlace,
  headers: Iterable<readonly [string, readonly string[]]>,
): TraceContext {
  const [traceparent, tracestate]: [string[], string[]] = [[], []];
  for (const [name, values] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'traceparent') traceparent.push(...values);
    if (lower === 'tracestate') tracestate.push(...values);
  }
  const given = traceparent.length === 0 ? undefined : givenTrace(traceparent.join(','), joined(tracestate));
  return given ?? traceOfIdentity(`${stream}-${sequence}@${publishedAt}`);
}

/** The same of what became a dead letter. */
export function letterTrace({ letter, headers }: Pick<StoredLetter, 'letter' | 'headers'>): TraceContext {
  const { stream, sequence, publishedAt } = letter;
  return storedTrace({ stream, sequence, publishedAt: Date.parse(publishedAt) }, headers);
}

function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',');
}
