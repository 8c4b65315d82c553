import { isTraceHeader } from '../invocation/trace-context.js';
import type { TriggerType } from '../invocation/trigger-event.js';
import type { MessageHeaders } from '../nats/message-headers.js';
import { headerText } from '../nats/message-headers.js';

/** A message that was given up, and why. */
export interface DeadLetter {
  /** Name of the function, as `SCW_APPLICATION_NAME` had it. */
  readonly function: string;
  readonly trigger: string;
  readonly type: TriggerType;
  /** `rejected`, `failed`, `host died` or `unreadable`. */
  readonly reason: string;
  readonly deliveries: number;
  /** Of the last run whose end a host lived to see, from 1; `undefined` where there was none. */
  readonly attempt?: number | undefined;
  /** Kind of the last outcome, `unknown` where no host lived to tell. */
  readonly lastOutcome: string;
  /** What HTTP would have answered; `undefined` where it is unknown. */
  readonly lastStatus?: number | undefined;
  /** In words. */
  readonly lastError?: string | undefined;
  /** ISO 8601. */
  readonly lastAt: string;
  /** Where the message came from. */
  readonly subject: string;
  readonly stream: string;
  readonly sequence: number;
  readonly consumer: string;
  /** ISO 8601. */
  readonly publishedAt: string;
  readonly requestId: string;
  /** The exported function that ran it. */
  readonly handler: string;
  /** In which shape it got its events. */
  readonly format: string;
  /** What did not fit beside the body and was left out: `headers`, or `headers, error`. */
  readonly truncated?: string | undefined;
  /** Of the last run, or of the message where there was none; only where the message has no `traceparent` of its own. */
  readonly traceparent?: string | undefined;
}

/** The members of a letter that stand in headers: `lastOutcome` is `Tributary-Last-Outcome`. */
const MEMBERS = [
  'function',
  'trigger',
  'type',
  'reason',
  'deliveries',
  'attempt',
  'lastOutcome',
  'lastStatus',
  'lastError',
  'lastAt',
  'subject',
  'stream',
  'sequence',
  'consumer',
  'publishedAt',
  'requestId',
  'handler',
  'format',
  'truncated',
  'traceparent',
] as const satisfies readonly (keyof DeadLetter)[];

const NAMES = new Map(MEMBERS.map((member) => [member, headerName(member)]));
const OWN_NAMES = new Set([...NAMES.values()].map((name) => name.toLowerCase()));
/** What of the message's own headers a letter cannot have under their names, as JSON: where each stood, name and values. */
const KEPT = 'Tributary-Kept-Headers';
/** Told to people, and cut where it is long. All else has to come back as it was. */
const PROSE: ReadonlySet<string> = new Set(['lastError']);

function headerName(member: string): string {
  return `Tributary-${member.replace(/^[a-z]|[A-Z]/g, (letter) => (letter === letter.toUpperCase() ? `-${letter}` : letter.toUpperCase()))}`;
}

/** Names with all their values, as the client library gives them. */
export type ReceivedHeaders = Iterable<readonly [string, readonly string[]]>;
export type OwnHeaders = readonly (readonly [string, readonly string[]])[];
type KeptHeader = readonly [position: number, name: string, values: readonly string[]];

/**
 * The headers of a letter: the message's own, then ours. `Nats-*` headers command the server, and the names of ours are
 * taken: those of the message are kept in one header of their own, so that nothing of it is lost. A message without a trace
 * gets the one of its run: whoever takes the letter on goes on with it.
 */
export function letterHeaders(letter: DeadLetter, own: ReceivedHeaders): MessageHeaders {
  const headers: [string, string][] = [];
  const kept: KeptHeader[] = [];
  let position = 0;
  let { traceparent } = letter;
  for (const [name, values] of own) {
    if (isTraceHeader(name)) traceparent = undefined;
    if (isTaken(name)) kept.push([position, name, values]);
    else for (const value of values) headers.push([name, value]);
    position++;
  }
  if (kept.length > 0) headers.push([KEPT, asciiJson(kept)]);
  if (traceparent !== undefined) headers.push(['traceparent', traceparent]);
  for (const [member, name] of NAMES) {
    const value = member === 'traceparent' ? traceparent : letter[member];
    if (value === undefined) continue;
    headers.push([name, PROSE.has(member) ? headerText(String(value)) : exactText(String(value))]);
  }
  return headers;
}

function isTaken(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith('nats-') || lower === KEPT.toLowerCase() || OWN_NAMES.has(lower);
}

/** A text that a header would alter stands there as JSON, which begins with a quotation mark. */
function exactText(text: string): string {
  return text === headerText(text, Number.POSITIVE_INFINITY) && !text.startsWith('"') ? text : asciiJson(text);
}

function readExact(text: string): string {
  const read = text.startsWith('"') ? parseJson(text) : undefined;
  return typeof read === 'string' ? read : text;
}

/** What the bytes of a header can carry whatever a client makes of other scripts. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `undefined` for what was cut by somebody on the way: what is left of the letter is still worth showing. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The letter and the message's own headers, in their order, from the headers of a letter. `undefined` where it is none. */
export function readLetterHeaders(headers: ReceivedHeaders): { letter: DeadLetter; own: OwnHeaders } | undefined {
  const ours = new Map<string, string>();
  const own: (readonly [string, readonly string[]])[] = [];
  for (const [name, values] of headers) {
    if (isTaken(name)) ours.set(name.toLowerCase(), values.at(-1) ?? '');
    else own.push([name, values]);
  }
  const letter = letterOf(ours);
  if (!letter) return undefined;
  // Then the message has none of its own.
  if (letter.traceparent !== undefined) removeTrace(own);
  for (const [position, name, values] of keptHeaders(ours.get(KEPT.toLowerCase()))) {
    own.splice(position, 0, [name, values]);
  }
  return { letter, own };
}

function removeTrace(headers: (readonly [string, readonly string[]])[]): void {
  const index = headers.findIndex(([name]) => isTraceHeader(name));
  if (index >= 0) headers.splice(index, 1);
}

function keptHeaders(json: string | undefined): KeptHeader[] {
  const kept = json === undefined ? [] : parseJson(json);
  return Array.isArray(kept) ? kept.filter(isKeptHeader) : [];
}

function isKeptHeader(value: unknown): value is KeptHeader {
  if (!Array.isArray(value)) return false;
  const [position, name, values] = value as unknown[];
  return Number.isSafeInteger(position) && typeof name === 'string' && Array.isArray(values) && values.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function letterOf(ours: ReadonlyMap<string, string>): DeadLetter | undefined {
  const read = (member: (typeof MEMBERS)[number]) => ours.get(NAMES.get(member)?.toLowerCase() ?? '');
  const text = (member: (typeof MEMBERS)[number]) => {
    const found = read(member);
    return found === undefined ? undefined : readExact(found);
  };
  const number = (member: (typeof MEMBERS)[number]) => {
    const found = Number(read(member));
    return Number.isSafeInteger(found) ? found : undefined;
  };
  const [stream, sequence, trigger] = [text('stream'), number('sequence'), text('trigger')];
  if (stream === undefined || trigger === undefined || sequence === undefined) return undefined;
  return {
    function: text('function') ?? '',
    trigger,
    type: typeOf(text('type')),
    reason: text('reason') ?? 'unknown',
    deliveries: number('deliveries') ?? 0,
    attempt: number('attempt'),
    lastOutcome: text('lastOutcome') ?? 'unknown',
    lastStatus: number('lastStatus'),
    lastError: read('lastError'),
    lastAt: text('lastAt') ?? '',
    subject: text('subject') ?? '',
    stream,
    sequence,
    consumer: text('consumer') ?? '',
    publishedAt: text('publishedAt') ?? '',
    requestId: text('requestId') ?? `${stream}-${sequence}`,
    handler: text('handler') ?? '',
    format: text('format') ?? 'scaleway',
    truncated: text('truncated'),
    traceparent: text('traceparent'),
  };
}

function typeOf(text: string | undefined): TriggerType {
  return text === 'http' || text === 'cron' ? text : 'nats';
}
