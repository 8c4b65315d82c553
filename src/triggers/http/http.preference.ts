/** A preference up to the next comma that is not inside a quoted string; one that is not closed goes to the end. */
const PREFERENCE = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g;
/** An empty value is none; any other is not ours to guess: `respond-async=false` is no wish to be queued. */
const RESPOND_ASYNC = /^[ \t]*respond-async[ \t]*(?:=[ \t]*""[ \t]*)?(?:;|$)/i;

/**
 * Whether a client would rather have its request queued than wait for the answer.
 *
 * @param prefer The header `Prefer`, several of them joined by commas. @see https://www.rfc-editor.org/rfc/rfc7240
 */
export function prefersAsync(prefer: string): boolean {
  return prefer.match(PREFERENCE)?.some((preference) => RESPOND_ASYNC.test(preference)) ?? false;
}
