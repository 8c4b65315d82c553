/** A caller's request id that is taken over as it is: it ends up in logs, headers and subjects. */
const SANE = /^[\w.~:/+=@-]{1,128}$/;

export function saneRequestId(given: string | undefined): string | undefined {
  return given !== undefined && SANE.test(given) ? given : undefined;
}
