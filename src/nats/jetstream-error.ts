import { messageOf } from '../errors.js';

/** Codes of the server's JetStream API that we tell apart. @see https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const CODES = {
  streamNotFound: 10_059,
  consumerNotFound: 10_014,
  wrongLastSequence: 10_071,
  notEnabledForAccount: 10_039,
  notEnabled: 10_076,
  messageTooLarge: 10_054,
} as const;

/** Whether the server refused for this reason. */
export function isJetStreamError(error: unknown, code: keyof typeof CODES): boolean {
  return error instanceof Error && (error as Error & { code?: unknown }).code === CODES[code];
}

/** Whether the server has answered, and said no; all else is silence, or a connection that is lost. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamApiError';
}

/** Whether nobody took what was published: there is no stream for it, or no JetStream at all. */
export function isUntaken(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** What went wrong with a request to JetStream, in one line that says what to look at. */
export function explainJetStreamError(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  if (isDisabled(error)) {
    return 'JetStream is not enabled on the NATS server: start it with --jetstream, or enable it for the account';
  }
  if (error.name === 'TimeoutError') return 'JetStream did not answer in time';
  return messageOf(error);
}

function isDisabled(error: Error): boolean {
  return isUntaken(error) || isJetStreamError(error, 'notEnabledForAccount') || isJetStreamError(error, 'notEnabled');
}
