import type { Claim } from './conformance-target.js';
import type { SubRuntimeUnderTest } from './sub-runtime-under-test.js';

/** One sentence of the wire protocol, and how to see whether a sub-runtime keeps it. */
export interface ConformanceCase {
  readonly title: string;
  /** What a sub-runtime has to claim for this to be checked. */
  readonly needs?: Claim;
  /** Rejects with the reason where the sentence does not hold. It may end the sub-runtime. */
  run(subRuntime: SubRuntimeUnderTest): Promise<void>;
}

export type CaseResult =
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };
