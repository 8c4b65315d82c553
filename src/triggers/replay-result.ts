import type { StoredLetter } from '../dead-letters/stored-letter.js';
import type { ResultSource } from './result.publisher.js';

/** Whose result it is that the replay of a dead letter has: another one than that of its last delivery. */
export function replayResult({ id, letter }: StoredLetter): ResultSource {
  const { function: applicationName, trigger: triggerName, requestId } = letter;
  return { applicationName, triggerName, requestId, onceFor: `${requestId}/dead-letter-${id}` };
}
