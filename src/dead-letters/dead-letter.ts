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
}

/** The members of a letter that stand in headers: `lastOutcome` is `Tributary-Last-Outcome`. */
const MEMBERS = [
  'function',
  'trigger',
  'type',
  'reason',
  'deliveries',
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
] as const satisfies readonly (keyof DeadLetter)[];

const NAMES = new Map(MEMBERS.map((member) => [member, headerName(member)]));
const OWN_NAMES = new Set([...NAMES.values()].map((name) => name.toLowerCase()));
/** What of the message's own headers a letter cannot have under their names, as JSON. */
const KEPT = 'Tributary-Kept-Headers';

function headerName(member: string): string {
  return `Tributary-${member.replace(/^[a-z]|[A-Z]/g, (letter) => (letter === letter.toUpperCase() ? `-${letter}` : letter.toUpperCase()))}`;
}

/** Names with all their values, as the client library gives them. */
export type ReceivedHeaders = Iterable<readonly [string, readonly string[]]>;

/**
 * The headers of a letter: the message's own, then ours. `Nats-*` headers command the server, and the names of ours are
 * taken: those of the message are kept in one header of their own, so that nothing of it is lost.
 */
export function letterHeaders(letter: DeadLetter, own: ReceivedHeaders): MessageHeaders {
  const headers: [string, string][] = [];
  const kept: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
  for (const [name, values] of own) {
    if (isTaken(name)) kept[name] = values;
    else for (const value of values) headers.push([name, value]);
  }
  if (Object.keys(kept).length > 0) headers.push([KEPT, asciiJson(kept)]);
  for (const [member, name] of NAMES) {
    const value = letter[member];
    if (value !== undefined) headers.push([name, headerText(String(value))]);
  }
  return headers;
}

function isTaken(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith('nats-') || lower === KEPT.toLowerCase() || OWN_NAMES.has(lower);
}

/** What the bytes of a header can carry whatever a client makes of other scripts. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The letter and the message's own headers, from the headers of a letter. `undefined` where it is none. */
export function readLetterHeaders(
  headers: ReceivedHeaders,
): { letter: DeadLetter; own: [string, readonly string[]][] } | undefined {
  const ours = new Map<string, string>();
  const own: [string, readonly string[]][] = [];
  for (const [name, values] of headers) {
    if (isTaken(name)) ours.set(name.toLowerCase(), values.at(-1) ?? '');
    else own.push([name, values]);
  }
  const letter = letterOf(ours);
  return letter && { letter, own: [...own, ...keptHeaders(ours.get(KEPT.toLowerCase()))] };
}

function letterOf(ours: ReadonlyMap<string, string>): DeadLetter | undefined {
  const text = (member: (typeof MEMBERS)[number]) => ours.get(NAMES.get(member)?.toLowerCase() ?? '');
  const [stream, sequence, trigger] = [text('stream'), Number(text('sequence')), text('trigger')];
  if (stream === undefined || trigger === undefined || !Number.isSafeInteger(sequence)) return undefined;
  const status = text('lastStatus');
  return {
    function: text('function') ?? '',
    trigger,
    type: typeOf(text('type')),
    reason: text('reason') ?? 'unknown',
    deliveries: Number(text('deliveries') ?? 0),
    lastOutcome: text('lastOutcome') ?? 'unknown',
    lastStatus: status === undefined ? undefined : Number(status),
    lastError: text('lastError'),
    lastAt: text('lastAt') ?? '',
    subject: text('subject') ?? '',
    stream,
    sequence,
    consumer: text('consumer') ?? '',
    publishedAt: text('publishedAt') ?? '',
    requestId: text('requestId') ?? `${stream}-${sequence}`,
    handler: text('handler') ?? '',
    format: text('format') ?? 'scaleway',
  };
}

function typeOf(text: string | undefined): TriggerType {
  return text === 'http' || text === 'cron' ? text : 'nats';
}

function keptHeaders(json: string | undefined): [string, readonly string[]][] {
  if (json === undefined) return [];
  try {
    const kept = JSON.parse(json) as Record<string, unknown>;
    return Object.entries(kept).map(([name, values]) => [name, Array.isArray(values) ? values.map(String) : []]);
  } catch {
    // Cut by somebody on the way: what is left of the letter is still worth showing.
    return [];
  }
}
