/** What the function answered, ready to be sent. */
export interface HandlerResponse {
  /** 200 to 599. */
  readonly statusCode: number;
  /** Names and values, alternating; no framing or hop-by-hop header; a `Content-Type` is always among them. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

/** The handler, or the way to it, failed. `failure` says how; what the handler answered with a status is in `response`. */
export type FailedOutcome =
  | { readonly kind: 'failed'; readonly failure: 'status'; readonly response: HandlerResponse }
  | {
      readonly kind: 'failed';
      /**
       * - `threw`: the handler, or its import; `message` is the sub-runtime's
       * - `malformed`: what it returned is no response; `message` says why
       * - `connection-lost`: the answer of the sub-runtime was cut off, or not HTTP
       */
      readonly failure: 'threw' | 'malformed' | 'connection-lost';
      readonly message: string;
    };

/** What became of an invocation. Each trigger settles it in its own way; `docs/architecture.md` has the table. */
export type InvocationOutcome =
  /** 2xx, 3xx, or no status. */
  | { readonly kind: 'succeeded'; readonly response: HandlerResponse }
  /** The handler's 4xx, but 408 and 429: the same event would be rejected again. */
  | { readonly kind: 'rejected'; readonly response: HandlerResponse }
  | FailedOutcome
  /** Its deadline passed; where it had begun, the handler may still run. */
  | { readonly kind: 'timed-out' }
  /** The sub-runtime died during it; `alone`: nothing else ran in that process, so that nothing else can have been the cause. */
  | { readonly kind: 'crashed'; readonly message: string; readonly alone: boolean }
  /** It has not begun: the sub-runtime backs off or does not start, or the host ends. */
  | {
      readonly kind: 'unavailable';
      readonly reason: 'backing-off' | 'not-started' | 'draining';
      readonly retryAfterSeconds: number;
    }
  /** It has not begun: the queue of its trigger is full. */
  | { readonly kind: 'overloaded'; readonly retryAfterSeconds: number }
  /** It has not begun, and its source no longer wants it, or it may not begin any more. */
  | { readonly kind: 'expired' };

export type OutcomeKind = InvocationOutcome['kind'];
