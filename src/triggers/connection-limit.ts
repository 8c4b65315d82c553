import type { Server } from 'node:http';
import type { Logger } from '@nestjs/common';
import { openFilesLimit } from '../config/open-files.js';
import { RepeatedWarning } from './repeated-warning.js';

/** Descriptors for logs, the pipes of the sub-runtimes and NATS. */
const OWN_FILES = 64;
/** Connections of probes, scrapers and pages, however many descriptors there are. */
const MAX_OPERATORS = 512;

/**
 * Connections that clients may have open, so that they leave enough for the host itself and for one connection to the
 * sub-runtime for each invocation: without descriptors a request that was accepted could not be run, nor a
 * sub-runtime be started again. At least half of the limit.
 */
export function roomForClients(maxInFlight: number, limit = openFilesLimit()): number {
  return Math.floor(Math.max(limit / 2, limit - OWN_FILES - roomForOperators(limit) - maxInFlight));
}

/** Connections that operators may have open, out of what clients leave. */
export function roomForOperators(limit = openFilesLimit()): number {
  return Math.floor(Math.min(MAX_OPERATORS, limit / 8));
}

/**
 * Refuses connections beyond `room`, and says so with what to do. libuv says nothing: it closes what it has no descriptor for
 * (`uv__emfile_trick`).
 */
export function limitConnections(server: Server, room: number, logger: Logger): void {
  const limit = openFilesLimit();
  const refused = new RepeatedWarning((count, reason) =>
    logger.error(`Connections that were refused: ${count}; ${reason}`),
  );
  if (Number.isFinite(room)) server.maxConnections = room;
  server.on('drop', () =>
    refused.add(
      `${room} are open, and the limit of open files, ${limit}, leaves no more; raise it (ulimit -n, LimitNOFILE=, --ulimit nofile=)`,
    ),
  );
}
