import { hash, randomFillSync } from 'node:crypto';

/** Where an event stands in a trace. @see https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceparent: string;
  /** Only where the source gave one, as it came. */
  readonly tracestate?: string | undefined;
  /** The trace begins here: nothing else bears the id that `traceparent` gives for the parent. */
  readonly beginsTrace?: boolean | undefined;
}

const IDS = '(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}';
/** Only versions above 00 may have more than flags, in characters that a header can carry. */
const TRACEPARENT = new RegExp(`^(00-${IDS}|(?!00|ff)[0-9a-f]{2}-${IDS}(-[!-~]*)?)$`);

/** A `traceparent` as it came, if it is valid. @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function validTraceparent(value: string | undefined): string | undefined {
  return value !== undefined && TRACEPARENT.test(value) ? value : undefined;
}

/** Section 3.3.1.5: at least this many characters are to be passed on. */
const MAX_TRACESTATE = 512;
const MAX_MEMBERS = 32;
const KEY = '([a-z0-9][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})';
const MEMBER = new RegExp(`^ *${KEY}=[ -+\\--<>-~]{0,255}[!-+\\--<>-~] *$`);

/**
 * A `tracestate` as it came, several headers joined by commas, if all of it is valid and of bearable length.
 * @see https://www.w3.org/TR/trace-context/#tracestate-header
 */
export function validTracestate(value: string | undefined): string | undefined {
  if (value === undefined || value.length > MAX_TRACESTATE) return undefined;
  const members = value.split(',').filter((member) => member.trim() !== '');
  const isValid = members.length > 0 && members.length <= MAX_MEMBERS && members.every((member) => MEMBER.test(member));
  return isValid ? value : undefined;
}

/** What a source said; `undefined` where it said nothing that is valid. Without a `traceparent`, `tracestate` says nothing. */
export function givenTrace(traceparent: string | undefined, tracestate: string | undefined): TraceContext | undefined {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined;
  return { traceparent, tracestate: validTracestate(tracestate) };
}

/** What a source said, or a trace that begins here. */
export function traceFrom(traceparent: string | undefined, tracestate: string | undefined): TraceContext {
  return givenTrace(traceparent, tracestate) ?? newTrace();
}

export function newTrace(): TraceContext {
  return { traceparent: newTraceparent(), beginsTrace: true };
}

const TRACE_ID_DIGITS = 32;
const ID_DIGITS = 48;

/** A trace that begins here, the same one each time: whoever is given a thing again, or on another host, goes on with its trace. */
export function traceOfIdentity(identity: string): TraceContext {
  return { traceparent: traceparentOf(hash('sha256', identity).slice(0, ID_DIGITS)), beginsTrace: true };
}

/** Names and values, as they stand in a message. */
export function traceHeaders({ traceparent, tracestate }: Partial<TraceContext>): [string, string][] {
  if (traceparent === undefined) return [];
  const headers: [string, string][] = [['traceparent', traceparent]];
  if (tracestate !== undefined) headers.push(['tracestate', tracestate]);
  return headers;
}

/** Whether a header, whatever its case, is one of those two. */
export function isTraceHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'traceparent' || lower === 'tracestate';
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const pool = Buffer.allocUnsafe(6_144);
let used = pool.length;

/** A new `traceparent`, not sampled. */
export function newTraceparent(): string {
  return traceparentOf(randomHex(TRACE_ID_BYTES + SPAN_ID_BYTES));
}

export function newSpanId(): string {
  return randomHex(SPAN_ID_BYTES);
}

/** Random bytes are drawn for hundreds of ids at a time. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const begin = used;
  used += bytes;
  return pool.toString('hex', begin, used);
}

function traceparentOf(ids: string): string {
  return `00-${ids.slice(0, TRACE_ID_DIGITS)}-${ids.slice(TRACE_ID_DIGITS)}-00`;
}
