import type { OutcomeKind } from '../invocation/invocation-outcome.js';

/** What came of the replay of a letter; it is removed where it succeeded, and kept otherwise. */
export type ReplayReport = { readonly id: string; readonly trigger: string; readonly requestId: string } & (
  | { readonly result: 'succeeded'; readonly status: number | undefined }
  | {
      readonly result: 'failed';
      readonly outcome: OutcomeKind;
      readonly status: number | undefined;
      readonly message: string;
    }
  /** It has not run. */
  | { readonly result: 'refused'; readonly message: string }
);

/** Ends the reports of many letters where not all of them could be reached. */
export interface ReplayStopped {
  readonly result: 'stopped';
  readonly message: string;
}
