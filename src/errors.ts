/**
 * Every error that the host raises on purpose, by a stable code. Callers match codes, never messages.
 * `docs/errors.md` documents the same list, and a test keeps the two equal.
 */
export const ERROR_CATALOGUE = {
  CONFIG_INVALID:
    'A variable, a key of the triggers file, a file or a port that the configuration names cannot be used.',
  PORT_TAKEN: 'Another process already listens on a port that this host needs.',
  SUB_RUNTIME_NOT_FOUND: 'The command of the sub-runtime does not exist or is not executable.',
  SUB_RUNTIME_EXITED: 'The sub-runtime ended before it listened.',
  SUB_RUNTIME_START_TIMEOUT: 'The sub-runtime did not listen within SUB_RUNTIME_START_TIMEOUT_MS.',
  SUB_RUNTIME_FOREIGN_LISTENER: 'A process that is not the sub-runtime listens where the sub-runtime should.',
  NATS_UNAVAILABLE: 'What is asked for lies in NATS JetStream, which is not configured or does not answer.',
  DEAD_LETTER_NOT_FOUND: 'There is no such dead letter of this function.',
  DEAD_LETTER_REFUSED: 'The dead letter cannot be replayed, here or now.',
  EVENT_REFUSED: 'The trigger cannot be fired with this event, or is disabled.',
  DRAINING: 'The host is shutting down and begins nothing new.',
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** An error with a stable code; `message` names the variable, file or message concerned and says what to do. */
export class HostError extends Error {
  override readonly name = 'HostError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The exit code of a configuration that cannot be used (`EX_CONFIG` of sysexits.h). */
export const EXIT_CODE_CONFIG = 78;

/** The text of anything that was thrown, for a log line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
