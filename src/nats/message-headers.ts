import type { MsgHdrs } from '@nats-io/transport-node';
import type { NatsLibrary } from './nats-library.js';

/** Names and values, in order; a name may stand several times. */
export type MessageHeaders = readonly (readonly [name: string, value: string])[];

const VERSION_LINE = 'NATS/1.0\r\n';

export function toMessageHeaders(headers: MessageHeaders, library: NatsLibrary): MsgHdrs {
  const encoded = library.headers();
  for (const [name, value] of headers) encoded.append(name, value);
  return encoded;
}

/** Bytes of a message as `max_payload` counts them: the encoded headers and the body. @see ADR-4 */
export function messageSize(headers: MessageHeaders, body: string | Uint8Array): number {
  let size = VERSION_LINE.length + '\r\n'.length + Buffer.byteLength(body);
  for (const [name, value] of headers)
    size += name.length + ': '.length + Buffer.byteLength(value.trim()) + '\r\n'.length;
  return size;
}

/** Control characters but the tab: the server ends a header at a line break. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]+/g;

/** A text as a header's value: one line, at most `maxLength` characters. */
export function headerText(text: string, maxLength = 1_024): string {
  const line = text.slice(0, maxLength).replace(CONTROL, ' ').trim();
  return text.length > maxLength ? `${line}...` : line;
}
