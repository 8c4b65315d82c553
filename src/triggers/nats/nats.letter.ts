import type { StoredLetter } from '../../dead-letters/stored-letter.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import type { EventFormat } from '../event-format.js';
import type { NatsMessage, StoredFacts } from './nats.event.js';
import { NatsReader } from './nats.reader.js';

/** The message of a dead letter as it was last delivered. */
export function messageOfLetter(
  { letter, headers, body }: StoredLetter,
  receivedAt: number,
): NatsMessage & { readonly stored: StoredFacts } {
  const { subject, stream, consumer, sequence, deliveries, attempt = deliveries } = letter;
  const publishedAt = Date.parse(letter.publishedAt) || receivedAt;
  const stored = { stream, consumer, sequence, deliveryCount: attempt, publishedAt };
  return { subject, reply: '', headers, data: body, receivedAt, stored };
}

/** The event of a dead letter by what it tells of its trigger: for those who have no trigger. */
export function natsEventOf(found: StoredLetter, format: EventFormat, receivedAt: number): TriggerEvent {
  const { function: applicationName, trigger: triggerName } = found.letter;
  const logger = { warn: () => undefined };
  const reader = new NatsReader({ context: { triggerName, queue: '' }, applicationName, format, logger });
  return reader.readStored(messageOfLetter(found, receivedAt));
}
