import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import type { InvocationConfig } from '../../invocation/invocation.config.js';
import { requestBody, requestSuffix, requestTemplate } from '../../invocation/invocation-request.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { queuedEventOf } from '../../queue/queued-letter.js';
import { cronEventOf } from '../../triggers/cron/cron.letter.js';
import { EVENT_FORMATS, type EventFormat } from '../../triggers/event-format.js';
import { natsEventOf } from '../../triggers/nats/nats.letter.js';
import { CliError } from '../cli-error.js';

/**
 * The body of the request that the host sent to the sub-runtime for the last run of a letter's message, with a deadline that
 * is counted from now. A test compares it to what a sub-runtime received.
 */
export function invocationOf(found: StoredLetter, config: InvocationConfig, handlerPath: string, now: number): string {
  const { function: applicationName, handler } = found.letter;
  const { applicationMemory, applicationVersion } = config;
  const template = requestTemplate({ applicationName, applicationMemory, applicationVersion });
  return requestBody(template, requestSuffix(handler, handlerPath), eventOf(found, now), now + config.timeoutMs);
}

/** What each type of trigger made of its message; a further one is one more case. */
function eventOf(found: StoredLetter, now: number): TriggerEvent {
  const event = readEvent(found, now);
  if (event) return event;
  throw new CliError(`no event can be made of dead letter ${found.id}: nothing was sent to a sub-runtime`);
}

function readEvent(found: StoredLetter, now: number): TriggerEvent | undefined {
  switch (found.letter.type) {
    case 'nats':
      return natsEventOf(found, formatOf(found), now);
    case 'cron':
      return cronEventOf(found, formatOf(found), now);
    case 'http':
      return queuedEventOf(found);
  }
}

function formatOf({ id, letter }: StoredLetter): EventFormat {
  const format = EVENT_FORMATS.find((known) => known === letter.format);
  if (format) return format;
  throw new CliError(`dead letter ${id} has the format ${JSON.stringify(letter.format)}, which is not known here`);
}
