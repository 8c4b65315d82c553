import { DEAD_LETTERS_STREAM } from '../nats/own-streams.js';

/** Where a letter lies. */
export interface LetterPlace {
  readonly stream: string;
  readonly sequence: number;
}

/** `7` in our own stream, `<stream>/7` in another: what people call a letter. */
export function letterId({ stream, sequence }: LetterPlace): string {
  return stream === DEAD_LETTERS_STREAM ? String(sequence) : `${stream}/${sequence}`;
}

const ID = /^(?:([^\s.*>/\\]+)\/)?([1-9]\d{0,15})$/;

/** `undefined` for what is no id. */
export function readLetterId(text: string): LetterPlace | undefined {
  const [, stream = DEAD_LETTERS_STREAM, digits] = ID.exec(text) ?? [];
  const sequence = Number(digits);
  return Number.isSafeInteger(sequence) ? { stream, sequence } : undefined;
}
