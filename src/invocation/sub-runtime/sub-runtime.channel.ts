import { channel } from 'node:diagnostics_channel';
import type { WorkerState } from './worker-state.js';

/** Why a sub-runtime ended. */
export type DeathCause = 'exited' | 'not-ready' | 'hung' | 'stopped';

export interface SubRuntimeStateMessage {
  readonly worker: number;
  readonly state: WorkerState;
  readonly pid: number | undefined;
  /** Why it ended, where it did. */
  readonly cause?: DeathCause;
  /** What happened and what to do, where there is something to say. */
  readonly detail?: string;
  /** Milliseconds from its start until it listened, or until it starts again. */
  readonly milliseconds?: number;
}

export interface SubRuntimeOutputMessage {
  readonly worker: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** Publishes `SubRuntimeStateMessage`s. */
export const subRuntimeState = channel('tributary.sub-runtime.state');

/** Publishes `SubRuntimeOutputMessage`s. */
export const subRuntimeOutput = channel('tributary.sub-runtime.output');
