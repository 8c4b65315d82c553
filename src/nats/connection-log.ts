import type { Logger } from '@nestjs/common';
import { explainNatsError, type NatsError } from './nats-error.js';

/**
 * Says what happens to the connection: each change of state, and each kind of error once until the next change, not a
 * line for each attempt. Addresses only, never credentials.
 */
export class ConnectionLog {
  private readonly said = new Set<string>();

  constructor(
    private readonly logger: Logger,
    private readonly addresses: readonly string[],
  ) {}

  connected(address: string, version: string | undefined): void {
    this.said.clear();
    this.logger.log(`Connected to NATS at ${address}${version ? ` (nats-server ${version})` : ''}`);
  }

  disconnected(address: string): void {
    this.said.clear();
    this.logger.warn(`The connection to NATS at ${address} was lost; trying again until it is back`);
  }

  reconnected(address: string): void {
    this.said.clear();
    this.logger.log(`Connected to NATS again, at ${address}`);
  }

  /** An attempt to connect failed. */
  attemptFailed(error: unknown): void {
    this.once(kindOf(error), () =>
      this.logger.warn(
        `NATS at ${this.addresses.join(', ')}: ${explainNatsError(error)}; trying again until it is there`,
      ),
    );
  }

  /** The server said that something is wrong. */
  serverError(error: unknown): void {
    this.once(kindOf(error), () => this.logger.warn(`NATS: ${explainNatsError(error)}`));
  }

  closed(): void {
    this.logger.error('The connection to NATS was closed by its library; connecting anew');
  }

  private once(kind: string, say: () => void): void {
    if (this.said.has(kind)) return;
    this.said.add(kind);
    say();
  }
}

/** Inboxes differ in every message, so that a publish is one kind whatever its subject. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, code, operation, subject } = error as NatsError;
  if (operation === 'publish') return `${name} publish`;
  return [name, code ?? (operation ? subject : error.message)].join(' ');
}
