import { readHandlerResponse } from './handler-response.js';
import type { InvocationOutcome } from './invocation-outcome.js';
import { Malformed } from './malformed.js';
import type { DispatchResult } from './sub-runtime/sub-runtime.worker.js';

/** What became of an invocation, from what its dispatch came to. */
export function readOutcome(
  result: Exclude<DispatchResult, { kind: 'not-sent' }>,
  maxResponseSize: number,
): InvocationOutcome {
  switch (result.kind) {
    case 'answered':
      return readAnswer(result.statusCode, result.contentType, result.body);
    case 'too-large':
      return malformed(`the response is over INVOCATION_MAX_RESPONSE_SIZE, ${maxResponseSize} bytes`);
    case 'lost':
      return { kind: 'failed', failure: 'connection-lost', message: result.message };
    case 'crashed':
      return { kind: 'crashed', message: result.message, alone: result.alone };
  }
}

/** Longest message of a handler that is kept. */
const MAX_MESSAGE = 8_192;

function readAnswer(statusCode: number, contentType: string, body: Buffer): InvocationOutcome {
  if (statusCode === 500) {
    return { kind: 'failed', failure: 'threw', message: body.toString('utf8', 0, MAX_MESSAGE) };
  }
  if (statusCode < 200 || statusCode > 299) return malformed(`the sub-runtime answered with status ${statusCode}`);
  const response = readHandlerResponse(body, contentType);
  if (response instanceof Malformed) return malformed(response.message);
  if (response.statusCode < 400) return { kind: 'succeeded', response };
  if (response.statusCode >= 500 || response.statusCode === 408 || response.statusCode === 429) {
    return { kind: 'failed', failure: 'status', response };
  }
  return { kind: 'rejected', response };
}

function malformed(message: string): InvocationOutcome {
  return { kind: 'failed', failure: 'malformed', message };
}
