import type { Logger } from '@nestjs/common';
import { messageOf } from '../errors.js';

interface NatsError extends Error {
  code?: string;
  operation?: string;
  subject?: string;
}

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
      this.logger.warn(`NATS at ${this.addresses.join(', ')}: ${explain(error)}; trying again until it is there`),
    );
  }

  /** The server said that something is wrong. */
  serverError(error: unknown): void {
    this.once(kindOf(error), () => this.logger.warn(`NATS: ${explain(error)}`));
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

function explain(error: unknown): string {
  const { name, code } = error as NatsError;
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError') {
    return `the server refuses the credentials (${messageOf(error)}); check the TRIGGER_NATS_* variables that hold them`;
  }
  if (code !== undefined && /CERT|SIGNATURE|ISSUER|SELF_SIGNED|ALTNAME/.test(code)) {
    return `the server's certificate is not accepted (${messageOf(error)}); check TRIGGER_NATS_TLS_CA_FILE and the URL's host`;
  }
  return messageOf(error) || 'the server closed the connection';
}
