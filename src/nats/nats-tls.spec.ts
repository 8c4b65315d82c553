import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { NatsConnectionConfig } from './nats-connection.config.js';
import { parseServers } from './nats-servers.js';
import { identityCheck, tlsOptionsOf } from './nats-tls.js';

function certificateFor(subjectaltname: string): PeerCertificate {
  return { subject: { CN: 'nats' }, subjectaltname } as unknown as PeerCertificate;
}

describe('section 1: TLS', () => {
  it('is demanded by a URL or a file, and else left to the server', () => {
    const config = new NatsConnectionConfig();
    expect(tlsOptionsOf(config, parseServers(['nats://a']))).toBeUndefined();
    expect(tlsOptionsOf(config, parseServers(['tls://a']))).toBeDefined();
    config.tlsCaFile = '/ca.pem';
    expect(tlsOptionsOf(config, parseServers(['nats://a']))).toMatchObject({ caFile: '/ca.pem' });
  });

  it('checks the name of a server', () => {
    const check = identityCheck(parseServers(['tls://a.example']));
    expect(check('a.example', certificateFor('DNS:a.example'))).toBeUndefined();
    expect(check('a.example', certificateFor('DNS:b.example'))).toBeInstanceOf(Error);
    expect(check('localhost', certificateFor('DNS:a.example'))).toBeInstanceOf(Error);
  });

  it('asks a server that is given by its address for a certificate of that address, not of localhost', () => {
    const check = identityCheck(parseServers(['tls://10.0.0.1', 'tls://[::1]:4222']));
    expect(check('localhost', certificateFor('IP Address:10.0.0.1'))).toBeUndefined();
    expect(check('localhost', certificateFor('IP Address:0:0:0:0:0:0:0:1'))).toBeUndefined();
    expect(check('localhost', certificateFor('DNS:localhost'))).toBeInstanceOf(Error);
    expect(check('localhost', certificateFor('IP Address:10.0.0.2'))).toBeInstanceOf(Error);
  });

  it('takes localhost where that is what the URL says', () => {
    const check = identityCheck(parseServers(['tls://localhost', 'tls://127.0.0.1']));
    expect(check('localhost', certificateFor('DNS:localhost'))).toBeUndefined();
    expect(check('localhost', certificateFor('IP Address:127.0.0.1'))).toBeUndefined();
    expect(check('localhost', certificateFor('DNS:other'))).toBeInstanceOf(Error);
  });
});
