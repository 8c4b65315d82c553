import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from './dead-letter.js';
import type { StoredLetter } from './stored-letter.js';

/** A letter in a list: all but its content. */
export interface LetterSummary extends DeadLetter {
  readonly id: string;
  /** Bytes of the body. */
  readonly size: number;
}

/** A whole letter, for people and programs. */
export interface LetterView extends LetterSummary {
  /** Of the message, each with all its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Valid UTF-8 as text, anything else as base64. */
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function summaryOf({ id, letter, body }: StoredLetter): LetterSummary {
  return { id, ...letter, size: body.length };
}

export function viewOf(found: StoredLetter): LetterView {
  const isText = isUtf8(found.body);
  return {
    ...summaryOf(found),
    headers: Object.fromEntries(found.headers),
    body: found.body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}
