import { readFileSync } from 'node:fs';
import type { Authenticator } from '@nats-io/transport-node';
import type { ConnectionSettings } from './connection-settings.js';
import type { NatsLibrary } from './nats-library.js';
import type { NatsServers } from './nats-servers.js';

/** The seed of a user's NKey, alone or among other lines. */
export const SEED = /\bSU[A-Z2-7]{56}\b/;
const JWT = /-{3,}BEGIN NATS USER JWT-{3,}\s*([\w-]+\.[\w-]+\.[\w-]+)\s*-{3,}END NATS USER JWT-{3,}/;

/** JWT and seed of the content of a credentials file; `undefined` where it has not both. */
export function credsOf(content: string): { jwt: string; seed: string } | undefined {
  const jwt = JWT.exec(content)?.[1];
  const seed = SEED.exec(content)?.[0];
  return jwt && seed ? { jwt, seed } : undefined;
}

/**
 * How to say who connects. Files are read for each attempt, so that what is renewed in them is used at the next one.
 *
 * An authenticator that throws would close the connection for good; where a file is gone or broken for a moment,
 * nothing is said, the server refuses, and the next attempt reads again.
 */
export function authenticatorOf(
  config: ConnectionSettings,
  servers: NatsServers,
  library: NatsLibrary,
): Authenticator | undefined {
  const authenticate = identify(config, servers, library);
  if (!authenticate) return undefined;
  return (nonce) => {
    try {
      return authenticate(nonce);
    } catch {
      return undefined;
    }
  };
}

function identify(
  config: ConnectionSettings,
  { userInfo }: NatsServers,
  library: NatsLibrary,
): Authenticator | undefined {
  const { credsFile, nkeySeedFile, user, password, passwordFile, token, tokenFile } = config;
  if (credsFile) return (nonce) => authenticateByCreds(credsFile, library)(nonce);
  if (nkeySeedFile) return library.nkeyAuthenticator(() => Buffer.from(SEED.exec(read(nkeySeedFile))?.[0] ?? ''));
  if (user !== undefined) {
    return () => ({ user, pass: passwordFile ? read(passwordFile) : (password ?? '') });
  }
  if (token !== undefined || tokenFile) return () => ({ auth_token: tokenFile ? read(tokenFile) : (token ?? '') });
  if (!userInfo) return undefined;
  return () =>
    'token' in userInfo ? { auth_token: userInfo.token } : { user: userInfo.user, pass: userInfo.password };
}

function authenticateByCreds(file: string, library: NatsLibrary): Authenticator {
  const { jwt, seed } = credsOf(readFileSync(file, 'utf8')) ?? { jwt: '', seed: '' };
  return library.jwtAuthenticator(jwt, Buffer.from(seed));
}

/** A secret's file often ends with a line break that is no part of the secret. */
function read(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
