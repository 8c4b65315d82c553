import { isUtf8 } from 'node:buffer';
import type { InvocationOutcome, OutcomeKind } from '../invocation/invocation-outcome.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { answerOf } from './outcome-answer.js';

/** Of a result that is larger, the beginning is shown. */
const MAX_BODY = 1_048_576;

/** What came of an event that an operator had sent. */
export interface FireReport {
  readonly requestId: string;
  readonly outcome: OutcomeKind;
  /** The handler's own, else the one of HTTP for the same outcome. */
  readonly status: number;
  /** What went wrong; absent for a success. */
  readonly error?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Valid UTF-8 as text, anything else as base64. */
  readonly body: string;
  readonly isBase64Encoded: boolean;
  /** Bytes of the whole body, where only its beginning is here. */
  readonly truncatedFrom?: number;
  /** Milliseconds until the outcome, waiting included. */
  readonly tookMs: number;
}

/** Runs an event of an operator's and tells what came of it. Nothing is settled: no reply, no dead letter, no result. */
export async function fireEvent(event: TriggerEvent, run: () => Promise<InvocationOutcome>): Promise<FireReport> {
  const begunAt = performance.now();
  const outcome = await run();
  return toFireReport(event.requestId, outcome, performance.now() - begunAt);
}

/** Pure. */
export function toFireReport(requestId: string, outcome: InvocationOutcome, tookMs: number): FireReport {
  const { statusCode, headers, body, error } = answerOf(outcome);
  const bytes = Buffer.from(body);
  const isText = isUtf8(bytes);
  const shown = bytes.subarray(0, MAX_BODY);
  return {
    requestId,
    outcome: outcome.kind,
    status: statusCode,
    ...(error !== undefined && { error }),
    headers: pairsOf(headers),
    body: shown.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    ...(shown.length < bytes.length && { truncatedFrom: bytes.length }),
    tookMs,
  };
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}
