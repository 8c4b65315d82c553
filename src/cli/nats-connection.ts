import type { NatsConnection } from '@nats-io/transport-node';
import { type Environment, readVariables } from '../config/read-variables.js';
import { checkConnectionSettings } from '../nats/nats-connection.check.js';
import { NatsConnectionConfig } from '../nats/nats-connection.config.js';
import { authenticatorOf } from '../nats/nats-credentials.js';
import { explainNatsError } from '../nats/nats-error.js';
import { loadNatsLibrary } from '../nats/nats-library.js';
import { parseServers } from '../nats/nats-servers.js';
import { tlsOptionsOf } from '../nats/nats-tls.js';
import { CliError } from './cli-error.js';
import { refuseFirst } from './settings.js';

export const DEFAULT_SERVER = 'nats://127.0.0.1:4222';
const CONNECT_MS = 5_000;

/** The settings of the host; a server that the arguments name comes first. */
export function connectionSettings(server: string | undefined, environment: Environment): NatsConnectionConfig {
  const { value, issues } = readVariables(NatsConnectionConfig, environment);
  const found = [...issues];
  if (server !== undefined) value.url = [server];
  value.url ??= [DEFAULT_SERVER];
  checkConnectionSettings(value, { issue: (name, message) => found.push({ name, message }), warning: () => undefined });
  refuseFirst(found);
  return value;
}

/** @param name How the connection is called on the server. */
export async function connectToNats(settings: NatsConnectionConfig, name: string): Promise<NatsConnection> {
  const library = await loadNatsLibrary();
  const servers = parseServers(settings.url ?? []);
  try {
    return await library.connect({
      servers: [...servers.addresses],
      name,
      authenticator: authenticatorOf(settings, servers, library),
      tls: tlsOptionsOf(settings, servers),
      timeout: CONNECT_MS,
      reconnect: false,
    });
  } catch (error) {
    throw new CliError(
      `no connection to NATS at ${servers.addresses.join(', ')} (${explainNatsError(error)}); start one or set TRIGGER_NATS_URL`,
    );
  }
}
