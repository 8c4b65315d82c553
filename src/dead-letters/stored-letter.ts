import type { StoredMsg } from '@nats-io/jetstream';
import { type DeadLetter, type OwnHeaders, readLetterHeaders } from './dead-letter.js';
import { letterId, type LetterPlace } from './letter-id.js';

/** A letter as it lies in its stream. */
export interface StoredLetter {
  readonly id: string;
  readonly place: LetterPlace;
  readonly letter: DeadLetter;
  /** The message's own. */
  readonly headers: OwnHeaders;
  /** The message's own bytes. */
  readonly body: Buffer;
}

/** `undefined` where the message is no letter. */
export function readStoredLetter(stream: string, message: StoredMsg): StoredLetter | undefined {
  const read = readHeaders(message);
  if (!read) return undefined;
  // The library decodes the body each time that it is asked for it.
  const { data } = message;
  const place = { stream, sequence: message.seq };
  return {
    id: letterId(place),
    place,
    letter: read.letter,
    headers: read.own,
    body: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** The library throws at names that ADR-4 does not allow; whoever wrote them wrote no letter. */
function readHeaders(message: StoredMsg): ReturnType<typeof readLetterHeaders> {
  try {
    return readLetterHeaders(message.header);
  } catch {
    return undefined;
  }
}
