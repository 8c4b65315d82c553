import type { JetStreamManager } from '@nats-io/jetstream';
import type { Environment } from '../../config/read-variables.js';
import { DeadLetterStore } from '../../dead-letters/dead-letter.store.js';
import { FunctionLetters } from '../../dead-letters/function-letters.js';
import { loadJetStreamLibrary } from '../../nats/jetstream-library.js';
import { connectionSettings, connectToNats } from '../nats-connection.js';
import { usage } from './letter-arguments.js';

/** Time for the server to answer a request. */
const ANSWER_MS = 5_000;

export interface AccessOptions {
  readonly server?: string | undefined;
  readonly function?: string | undefined;
  readonly 'dead-letter-subject'?: readonly string[] | undefined;
}

/** The letters where they lie, and those of the function that is meant. */
export interface LetterAccess {
  readonly store: DeadLetterStore;
  readonly letters: FunctionLetters;
}

/** Connects for as long as `work` takes. */
export async function withLetters<T>(
  options: AccessOptions,
  environment: Environment,
  work: (access: LetterAccess) => Promise<T>,
): Promise<T> {
  const name = functionName(options, environment);
  if (name === undefined) throw usage('whose dead letters? Set SCW_APPLICATION_NAME, or give --function NAME');
  const own = environment['TRIGGER_NATS_DEAD_LETTER_SUBJECT'];
  const subjects = options['dead-letter-subject'] ?? (own ? [own] : []);
  return withStore(options, environment, (store) =>
    work({ store, letters: new FunctionLetters(store, name, subjects) }),
  );
}

/** The same, whatever function the letters are of. */
export async function withStore<T>(
  { server }: Pick<AccessOptions, 'server'>,
  environment: Environment,
  work: (store: DeadLetterStore) => Promise<T>,
): Promise<T> {
  const connection = await connectToNats(connectionSettings(server, environment), 'tributary dead-letters');
  try {
    const { jetstreamManager } = await loadJetStreamLibrary();
    let manager: Promise<JetStreamManager> | undefined;
    const source = {
      manager: () => (manager ??= jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS })),
    };
    return await work(new DeadLetterStore(source));
  } finally {
    await connection.close();
  }
}

export function functionName(options: AccessOptions, environment: Environment): string | undefined {
  return options.function ?? (environment['SCW_APPLICATION_NAME'] || undefined);
}
