/**
 * What a sub-runtime need not be able to do. What it does not claim is not checked; the rest of the wire protocol is
 * checked for all.
 */
export const CLAIMS = {
  'handler-names': 'calls the function that each invocation names',
  'import-errors': 'loads the handler that is named, and says why it cannot',
  'plain-results': 'sends text as text, and nothing as nothing',
  'bytes-results': 'takes bytes from a handler, as a result and as a body',
  concurrency: 'runs invocations side by side',
  'keep-alive': 'answers several requests on one connection',
  'chunked-requests': 'reads chunked requests, which the host does not send',
  'invocation-logs': 'says which invocation wrote each line that is printed',
  drain: 'at SIGTERM ends what is in flight, then itself, with 0',
} as const;

export type Claim = keyof typeof CLAIMS;

export const ALL_CLAIMS = Object.keys(CLAIMS) as readonly Claim[];

/** A sub-runtime to check, with a handler that has the functions of `docs/wire-protocol.md`, "The suite". */
export interface ConformanceTarget {
  readonly name: string;
  /** What starts it; by default what the host would start for the variables. */
  readonly command?: readonly [string, ...string[]];
  /** Its whole environment, as the host would have it: the `SCW_*` variables, `PATH`, and whatever else it needs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly claims: readonly Claim[];
}
