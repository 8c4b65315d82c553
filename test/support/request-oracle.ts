import { METHODS } from 'node:http';

/** What the contract and RFC 9110 and 9112 say of bytes that a client sends; written without a look at the host's code. */
export interface ExpectedEvent {
  readonly method: string;
  readonly path: string;
  /** Name and values, in order of the names. */
  readonly query: readonly (readonly [string, string[]])[];
  readonly headers: readonly (readonly [string, string[]])[];
  readonly body: Buffer;
}

export type Expectation =
  /** `may`: the RFC leaves it to a server whether it refuses; if it does not, this is the event. */
  | { readonly kind: 'served'; readonly event: ExpectedEvent; readonly may: boolean; readonly closes: boolean }
  /** `toHead`: the answer has no body, where it was known by then that it is one to HEAD. */
  | { readonly kind: 'refused'; readonly why: string; readonly closes: boolean; readonly toHead: boolean };

export interface ExpectedExchange {
  readonly requests: readonly Expectation[];
  /** What comes behind the last of them may be lost: Node gives up what it has read together with a wish to upgrade. */
  readonly isPipelineOver: boolean;
  /** Bytes are left that are the beginning of a request: nothing is owed to them. */
  readonly incomplete: boolean;
}

/** What has to become of everything that comes on one connection. */
export function expectedExchange(bytes: Buffer): ExpectedExchange {
  const reader = new Reader(bytes);
  const requests: Expectation[] = [];
  const exchange = (more: Partial<ExpectedExchange> = {}) => ({
    requests,
    isPipelineOver: false,
    incomplete: false,
    ...more,
  });
  while (!reader.atEnd) {
    const begin = reader.at;
    const toHead = /^[\r\n]*HEAD /.test(reader.text.slice(begin));
    try {
      const request = readRequest(reader);
      requests.push(request);
      if (request.closes) return exchange();
      if (/^upgrade:/im.test(reader.text.slice(begin, reader.at))) return exchange({ isPipelineOver: true });
    } catch (error) {
      if (error instanceof Incomplete) return exchange({ incomplete: true });
      if (!(error instanceof Refused)) throw error;
      requests.push({ kind: 'refused', why: error.message, closes: true, toHead });
      return exchange();
    }
  }
  return exchange();
}

class Refused extends Error {}
class Incomplete extends Error {}

/** Bytes are read as latin1, one character each. */
class Reader {
  at = 0;
  readonly text: string;

  constructor(readonly bytes: Buffer) {
    this.text = bytes.toString('latin1');
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Up to the next line end, which is CRLF and nothing else. */
  line(): string {
    const end = this.text.indexOf('\n', this.at);
    const line = this.text.slice(this.at, end < 0 ? undefined : end);
    if (/\r[^]/.test(line)) throw new Refused('a carriage return alone');
    if (end < 0) throw new Incomplete();
    if (!line.endsWith('\r')) throw new Refused('a line feed alone');
    this.at = end + 1;
    return line.slice(0, -1);
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Incomplete();
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+)( +)([\x21-\x7e\x80-\xff]+)( +)HTTP\/1\.([01])$/;
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;
const HOST = /^((?:[\w.~!$&'()*+;=-]|%[\dA-Fa-f]{2})*|\[[\dA-Fa-f:.]+\])(:\d*)?$/;
/** RFC 3986: what a path and a query are made of. */
const URI_CHARACTERS = /^[\w\-.~!$&'()*+,;=:@%/?]*$/;

type Field = readonly [name: string, value: string];

function readRequest(reader: Reader): Expectation {
  // RFC 9112, 2.2: at least one empty line before a request is passed over.
  const emptyLines = /^[\r\n]*/.exec(reader.text.slice(reader.at))?.[0] ?? '';
  reader.at += emptyLines.length;
  if (reader.atEnd) throw new Incomplete();
  const line = REQUEST_LINE.exec(reader.line());
  if (!line) throw new Refused('that is no request line');
  const [, method = '', space = '', target = '', secondSpace = '', minor] = line;
  // RFC 9112, 3: several spaces may be forgiven.
  const isSpaced = space.length + secondSpace.length > 2;
  if (!METHODS.includes(method)) throw new Refused('a method that nobody knows');
  const fields = readFields(reader);
  const { body, isGrey } = readBody(reader, fields, minor === '0');
  if (method === 'CONNECT') throw new Refused('CONNECT');
  const hosts = valuesOf(fields, 'host');
  if (hosts.length > 1 || (hosts.length === 0 && minor === '1')) throw new Refused('not one host');
  if (!hosts.every((host) => HOST.test(host))) throw new Refused('a host that is none');
  const parts = splitTarget(target, method);
  const connection = valuesOf(fields, 'connection').join(',').toLowerCase().split(',');
  const tokens = new Set(connection.map((token) => token.trim()));
  const closes = tokens.has('close') || (minor === '0' && !tokens.has('keep-alive'));
  const why = whyUnwanted(fields, parts.path, minor === '0');
  if (why !== undefined) return { kind: 'refused', why, closes, toHead: method === 'HEAD' };
  return {
    kind: 'served',
    may: isGrey || isSpaced || !/^(\r\n)*$/.test(emptyLines) || !parts.isStrict,
    closes,
    event: { method, path: parts.path, query: parts.query, headers: asMap(headersOf(fields, parts.authority)), body },
  };
}

/** What is wrong with a request of which it is known where it ends. */
function whyUnwanted(fields: readonly Field[], path: string, isOld: boolean): string | undefined {
  const expectations = valuesOf(fields, 'expect').join(', ');
  if (expectations !== '' && !isOld && !/^100-continue$/i.test(expectations)) return 'an expectation';
  if (path === '/robots.txt' || path === '/favicon.ico') return 'not for the function';
  return valuesOf(fields, 'scw_trigger_type').join(', ') === '' ? undefined : 'a type of trigger that there is not';
}

function readFields(reader: Reader): Field[] {
  const fields: Field[] = [];
  for (let line = reader.line(); line !== ''; line = reader.line()) {
    const field = FIELD_LINE.exec(line);
    if (!field) throw new Refused('that is no field');
    fields.push([field[1] ?? '', (field[2] ?? '').replace(/^[\t ]+|[\t ]+$/g, '')]);
  }
  return fields;
}

function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
}

/** RFC 9112, 6. */
function readBody(reader: Reader, fields: readonly Field[], isOld: boolean): { body: Buffer; isGrey: boolean } {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Refused('a length and a coding');
    if (isOld || codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') throw new Refused('another coding');
    return readChunks(reader);
  }
  if (lengths.length === 0) return { body: Buffer.alloc(0), isGrey: false };
  const [length = ''] = lengths;
  if (lengths.length > 1 || !/^\d+$/.test(length)) throw new Refused('a length that is none');
  if (BigInt(length) > 100_000_000n) throw new Refused('over the limit');
  return { body: reader.take(Number(length)), isGrey: false };
}

const TOKEN = "[!#$%&'*+\\-.^_`|~\\dA-Za-z]+";
const QUOTED = '"(?:[\\t\\x20!\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"';
/** RFC 9112, 7.1.1, without white space, at which Node's parser, too, stops. */
const EXTENSIONS = new RegExp(`^(?:;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?)*$`);

/** RFC 9112, 7.1; extensions that are none are forgiven by some. */
function readChunks(reader: Reader): { body: Buffer; isGrey: boolean } {
  const chunks: Buffer[] = [];
  let isGrey = false;
  for (;;) {
    const line = reader.line();
    const [, size, extensions = ''] = /^([\dA-Fa-f]+)([\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?)$/.exec(line) ?? [];
    if (size === undefined) throw new Refused('that is no size of a chunk');
    isGrey ||= !EXTENSIONS.test(extensions);
    if (BigInt(`0x${size}`) > 100_000_000n) throw new Refused('over the limit');
    if (/^0+$/.test(size)) break;
    chunks.push(reader.take(Number.parseInt(size, 16)));
    const end = reader.take(2);
    if (end.toString('latin1') !== '\r\n') throw new Refused('no line end behind a chunk');
  }
  readFields(reader);
  return { body: Buffer.concat(chunks), isGrey };
}

function splitTarget(target: string, method: string) {
  const absolute = /^https?:\/\/([^/?#]*)/i.exec(target);
  // RFC 9112, 3.2: origin form, absolute form with a host, or the asterisk, for OPTIONS alone.
  const isKnownForm = target.startsWith('/') || absolute !== null || (target === '*' && method === 'OPTIONS');
  if (!isKnownForm) throw new Refused('no form of a target');
  if (absolute && (!HOST.test(absolute[1] ?? '') || /^(:|$)/.test(absolute[1] ?? ''))) throw new Refused('no host');
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const [rawPath = '', ...queries] = rest.split('?');
  const rawQuery = queries.join('?');
  if (/%(?![\dA-Fa-f]{2})/.test(rawPath)) throw new Refused('a broken escape in the path');
  return {
    path: decode(rawPath || '/'),
    query: asMap(readQuery(rawQuery)),
    authority: absolute?.[1],
    isStrict: URI_CHARACTERS.test(rest),
  };
}

/** As Go's `URL.Query()`. */
function readQuery(query: string): Field[] {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !pair.includes(';') && !/%(?![\dA-Fa-f]{2})/.test(pair))
    .map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=?([^]*)$/.exec(pair.replaceAll('+', ' ')) ?? [];
      return [decode(name), decode(value)];
    });
}

/** Escapes become bytes, and the bytes text. */
function decode(text: string): string {
  const bytes = text.replace(/%([\dA-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
}

/** RFC 9112, 3.2.2: the authority of an absolute form replaces the host. */
function headersOf(fields: readonly Field[], authority: string | undefined): Field[] {
  const canonical = fields.map(([name, value]) => [goName(name), value] as const);
  if (authority === undefined) return canonical;
  return [...canonical.filter(([name]) => name !== 'Host'), ['Host', authority]];
}

function goName(name: string): string {
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (letters) => letters.toUpperCase());
}

function asMap(fields: readonly Field[]): (readonly [string, string[]])[] {
  const map = new Map<string, string[]>();
  for (const [name, value] of fields) map.set(name, [...(map.get(name) ?? []), value]);
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
