import { isIP } from 'node:net';
import { type PeerCertificate, checkServerIdentity } from 'node:tls';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { ConnectionSettings } from './connection-settings.js';
import type { NatsServers } from './nats-servers.js';

/** Encryption is demanded where a URL or a file asks for it; else the server decides. */
export function tlsOptionsOf(config: ConnectionSettings, servers: NatsServers): NodeConnectionOptions['tls'] {
  const { tlsCaFile: caFile, tlsCertFile: certFile, tlsKeyFile: keyFile } = config;
  if (!servers.tls && !caFile && !certFile) return undefined;
  const options = {
    ...(caFile && { caFile }),
    ...(certFile && { certFile, keyFile }),
    checkServerIdentity: identityCheck(servers),
  };
  return options;
}

/**
 * The library names no host where a server is given by its address, and Node then asks for a certificate of
 * `localhost`: such a server must have a certificate for its address instead.
 */
export function identityCheck({ addresses }: NatsServers): typeof checkServerIdentity {
  const hosts = addresses.map((address) => address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, ''));
  const byAddress = hosts.filter((host) => isIP(host) !== 0);
  return (host: string, certificate: PeerCertificate) => {
    if (host !== 'localhost' || byAddress.length === 0) return checkServerIdentity(host, certificate);
    const candidates = hosts.includes(host) ? [host, ...byAddress] : byAddress;
    const results = candidates.map((candidate) => checkServerIdentity(candidate, certificate));
    return results.every((error) => error !== undefined) ? results[0] : undefined;
  };
}
