/** What one request to the sub-runtime came to. See `docs/wire-protocol.md`. */
export type WireResult =
  | { readonly kind: 'answered'; readonly statusCode: number; readonly contentType: string; readonly body: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'lost'; readonly message: string }
  /** No connection was made, or it was closed before a byte was written: nothing was executed, and it may be sent again. */
  | { readonly kind: 'not-sent'; readonly message: string };
