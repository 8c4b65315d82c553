import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import { markEnding } from './http.connections.js';
import { type HttpAnswer, hasContent } from './http.response.js';

/** How long a client that is still sending may take to read an early answer. */
const LINGER_MS = 3_000;

/**
 * Whether a request asks for another protocol, which it never gets (RFC 9110, 7.8). What comes in one piece with it is lost
 * in Node's parser, so that the rest may be the body of a request that nobody has seen: its connection cannot be used again.
 */
export function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '');
}

/** Writes an answer whose request has been read to its end. */
export function sendAnswer(response: ServerResponse, answer: HttpAnswer, close: boolean): void {
  const { statusCode, headers, body } = answer;
  const length = Buffer.byteLength(body);
  if (statusCode === 205 || hasContent(statusCode)) headers.push('Content-Length', String(length));
  if (close || asksForUpgrade(response.req)) {
    headers.push('Connection', 'close');
    markEnding(response.req.socket);
  }
  response.writeHead(statusCode, headers);
  if (length === 0) response.end();
  else if (typeof body !== 'string') response.end(body);
  // Node writes the head in the encoding of a text behind it; each character of a header is one byte.
  else if (length === body.length) response.end(body, 'latin1');
  else response.end(Buffer.from(body));
}

/**
 * Writes an answer to a request whose body has not been read. The connection closes, but only after what the client
 * still sends has been discarded for up to 3 s: a socket that closes with unread data is reset, and the answer lost.
 */
export function sendEarlyAnswer(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  const { statusCode, headers, body } = answer;
  headers.push('Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close');
  markEnding(request.socket);
  response.writeHead(statusCode, headers);
  if (request.method === 'HEAD') response.flushHeaders();
  else response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end);
  request.once('close', end);
  request.resume();
}

/** Writes an answer where there is no parsed request to answer to, and closes. */
export function sendRawAnswer(socket: Duplex, answer: HttpAnswer): void {
  const { statusCode, headers, body } = answer;
  const lines = [`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`, 'Connection: close'];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`, '', '');
  socket.end(lines.join('\r\n') + body.toString());
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}

export type BodyRead = { readonly kind: 'complete'; readonly body: Buffer } | { readonly kind: 'too-large' };

const NOTHING = Buffer.alloc(0);

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Reads a body to its end; `onRead` is never called where the client breaks off. */
export function readBody(request: IncomingMessage, maxSize: number, onRead: (read: BodyRead) => void): void {
  if (!hasBody(request)) return onRead({ kind: 'complete', body: NOTHING });
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maxSize) return;
    request.off('data', take);
    request.off('end', finish);
    onRead({ kind: 'too-large' });
  };
  const finish = () => {
    const [first] = chunks;
    const body = chunks.length === 1 && first ? first : Buffer.concat(chunks, size);
    onRead({ kind: 'complete', body });
  };
  request.on('data', take);
  request.on('end', finish);
}
