/** How the body of a response ends (RFC 9112, 6.3). */
export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

/** What is of interest in the head of a response. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly contentType: string;
  readonly framing: Framing;
  /** How long the server lets the connection idle, in milliseconds; 0 where it must not be used again. */
  readonly keepAliveMs: number;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, 5.1 and 5.5: a name, nothing between it and the colon, and a value without control characters. */
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/;
const LENGTH = /^\d{1,15}$/;
const TIMEOUT = /(?:^|[,;\s])timeout=(\d{1,6})/i;

interface Fields {
  contentType?: string;
  contentLength?: string;
  transferEncoding?: string;
  connection?: string;
  keepAlive?: string;
}

const OF_INTEREST: Readonly<Record<string, keyof Fields>> = Object.assign(
  Object.create(null) as object,
  {
    'content-type': 'contentType',
    'content-length': 'contentLength',
    'transfer-encoding': 'transferEncoding',
    connection: 'connection',
    'keep-alive': 'keepAlive',
  } as const,
);

let lastText = '';
let lastHead: ResponseHead | undefined;

/**
 * Reads the head of a response, without the empty line at its end. `undefined` where it is no valid HTTP, or its body could
 * end in two places: what is read wrongly would be taken for the answer to another request. Many answers in a row have the
 * same head, which is read once.
 */
export function readResponseHead(text: string): ResponseHead | undefined {
  if (text !== lastText) {
    lastHead = parseHead(text);
    lastText = text;
  }
  return lastHead;
}

function parseHead(text: string): ResponseHead | undefined {
  const lines = text.split('\r\n');
  const status = STATUS_LINE.exec(lines[0] as string);
  const fields = readFields(lines);
  if (!status || !fields) return undefined;
  const isModern = status[1] === '1';
  const statusCode = Number(status[2]);
  const framing = framingOf(statusCode, isModern, fields);
  if (!framing) return undefined;
  const keepAliveMs =
    framing.kind === 'until-close' || mayHaveMore(statusCode, fields) ? 0 : keepAliveOf(isModern, fields);
  return { statusCode, contentType: fields.contentType ?? '', framing, keepAliveMs };
}

function readFields(lines: readonly string[]): Fields | undefined {
  const fields: Fields = {};
  for (let i = 1; i < lines.length; i++) {
    const field = FIELD_LINE.exec(lines[i] as string);
    if (!field) return undefined;
    const name = OF_INTEREST[(field[1] as string).toLowerCase()];
    if (name === undefined) continue;
    const before = fields[name];
    const value = (field[2] as string).trim();
    fields[name] = before === undefined ? value : name === 'contentType' ? before : `${before}, ${value}`;
  }
  return fields;
}

function framingOf(statusCode: number, isModern: boolean, fields: Fields): Framing | undefined {
  const { transferEncoding, contentLength } = fields;
  if (contentLength !== undefined && !LENGTH.test(contentLength)) return undefined;
  if (isWithoutBody(statusCode)) return { kind: 'length', length: 0 };
  if (transferEncoding !== undefined) {
    const isChunked = isModern && contentLength === undefined && transferEncoding.toLowerCase() === 'chunked';
    return isChunked ? { kind: 'chunked' } : undefined;
  }
  return contentLength === undefined ? { kind: 'until-close' } : { kind: 'length', length: Number(contentLength) };
}

function isWithoutBody(statusCode: number): boolean {
  return statusCode < 200 || statusCode === 204 || statusCode === 304;
}

/** It announces a body that it must not have, and a careless server sends. */
function mayHaveMore(statusCode: number, { transferEncoding, contentLength = '0' }: Fields): boolean {
  return isWithoutBody(statusCode) && (transferEncoding !== undefined || Number(contentLength) > 0);
}

function keepAliveOf(isModern: boolean, { connection, keepAlive }: Fields): number {
  const options =
    connection === undefined
      ? []
      : connection
          .toLowerCase()
          .split(',')
          .map((option) => option.trim());
  if (options.includes('close') || (!isModern && !options.includes('keep-alive'))) return 0;
  const announced = keepAlive === undefined ? null : TIMEOUT.exec(keepAlive);
  return announced ? Number(announced[1]) * 1_000 : Number.POSITIVE_INFINITY;
}
