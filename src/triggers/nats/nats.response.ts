import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import { isTraceHeader, type TraceContext, traceHeaders } from '../../invocation/trace-context.js';
import { type MessageHeaders, headerText, messageSize } from '../../nats/message-headers.js';
import { answerOf, hostAnswer, type OutcomeAnswer } from '../outcome-answer.js';

/** A reply to a message that asked for one. */
export interface NatsReply {
  readonly headers: MessageHeaders;
  readonly body: string | Buffer;
  /** What the sender is told went wrong; `undefined` for a success. */
  readonly error: string | undefined;
}

/**
 * The reply of core NATS to an outcome, by the settle table (`answerOf` has the exhaustive switch). Pure.
 *
 * The function's body, its headers and `Status`; of a failure also `Nats-Service-Error` and `Nats-Service-Error-Code`
 * (ADR-32). A reply that is larger than the server takes is such a failure, 502.
 *
 * @param maxPayload Bytes, headers included.
 * @param trace Of the run, unless the function says another one.
 */
export function toNatsReply(
  outcome: InvocationOutcome,
  maxPayload: number,
  trace: Partial<TraceContext> = {},
): NatsReply {
  const reply = replyOf(answerOf(outcome), trace);
  if (messageSize(reply.headers, reply.body) <= maxPayload) return reply;
  return replyOf(hostAnswer(502, `The reply is over the NATS server's max_payload of ${maxPayload} bytes.`), trace);
}

/** The reply where the host itself failed. */
export function internalErrorReply(): NatsReply {
  return replyOf(hostAnswer(500, 'Internal error'));
}

function replyOf({ statusCode, headers, body, error }: OutcomeAnswer, trace: Partial<TraceContext> = {}): NatsReply {
  const all: [string, string][] = [['Status', String(statusCode)]];
  if (error !== undefined) {
    all.push(['Nats-Service-Error', headerText(error)], ['Nats-Service-Error-Code', String(statusCode)]);
  }
  let isTraced = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    if (!isCopied(name)) continue;
    all.push([name, headerText(value, Number.POSITIVE_INFINITY)]);
    isTraced ||= isTraceHeader(name);
  }
  if (!isTraced) all.push(...traceHeaders(trace));
  return { headers: all, body, error };
}

/** `Nats-*` headers command the server and its clients; `Status` is ours. */
function isCopied(name: string): boolean {
  const lower = name.toLowerCase();
  return lower !== 'status' && !lower.startsWith('nats-');
}
