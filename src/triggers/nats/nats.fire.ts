import { overlaps, PUBLISH_SUBJECT } from '../../nats/nats-subject.js';
import { givenBytes, givenHeaders, givenText, readGiven, refused } from '../given-event.js';
import type { NatsMessage } from './nats.event.js';

/** Stands for a wildcard where no subject is given. */
const ANY_TOKEN = 'fired';

/**
 * A message as an operator describes it: `subject`, by default the first that the trigger listens to, with `fired` for its
 * wildcards, `headers`, `data`, `isBase64Encoded`.
 *
 * @param subjects Those of the trigger; none where it takes all of its stream.
 */
export function toFiredMessage(given: unknown, subjects: readonly string[], now: number): NatsMessage {
  const members = readGiven(given, ['subject', 'headers', 'data', 'isBase64Encoded']);
  const subject = givenText('subject', members.subject, (subjects[0] ?? '>').replaceAll(/[*>]/g, ANY_TOKEN));
  const isKnown = subjects.length === 0 || subjects.some((one) => overlaps(one, subject));
  if (!PUBLISH_SUBJECT.test(subject) || !isKnown) {
    const fitting = subjects.length > 0 ? ` that fits ${subjects.join(' or ')}` : '';
    throw refused(`subject: expected one without wildcards${fitting}`);
  }
  return {
    subject,
    reply: '',
    headers: givenHeaders(members.headers),
    data: givenBytes('data', members.data, members.isBase64Encoded),
    receivedAt: now,
  };
}
