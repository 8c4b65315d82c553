import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from './connection-settings.js';
import { authenticatorOf, credsOf } from './nats-credentials.js';
import { parseServers } from './nats-servers.js';

const library = await import('@nats-io/transport-node');
const user = library.nkeys.createUser();
const SEED = Buffer.from(user.getSeed()).toString();
const CREDS = `-----BEGIN NATS USER JWT-----\r\naaa.bbb.ccc\r\n------END NATS USER JWT------\r\n\r\n${SEED}\r\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-credentials-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function authenticate(settings: ConnectionSettings, url = 'nats://a'): unknown {
  return authenticatorOf(settings, parseServers([url]), library)?.('nonce');
}

describe('section 1: who connects', () => {
  it('is nobody in particular where nothing is configured', () => {
    expect(authenticatorOf({}, parseServers(['nats://a']), library)).toBeUndefined();
  });

  it('is a token or a user, of variables or of the URL', () => {
    expect(authenticate({ token: 't' })).toEqual({ auth_token: 't' });
    expect(authenticate({ user: 'u', password: 'p' })).toEqual({ user: 'u', pass: 'p' });
    expect(authenticate({ user: 'u' })).toEqual({ user: 'u', pass: '' });
    expect(authenticate({}, 'nats://t@a')).toEqual({ auth_token: 't' });
    expect(authenticate({}, 'nats://u:p@a')).toEqual({ user: 'u', pass: 'p' });
  });

  it('is read from its file for each attempt', () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'one\n');
    const authenticator = authenticatorOf({ tokenFile }, parseServers(['nats://a']), library);
    expect(authenticator?.()).toEqual({ auth_token: 'one' });
    writeFileSync(tokenFile, 'two');
    expect(authenticator?.()).toEqual({ auth_token: 'two' });
  });

  it.each(['credsFile', 'nkeySeedFile', 'tokenFile'] as const)(
    'never throws, which would end the connection for good: a %s that is gone or broken says nothing',
    (setting) => {
      const broken = join(folder, 'broken');
      writeFileSync(broken, '');
      expect(authenticate({ [setting]: join(folder, 'gone') })).toBeUndefined();
      expect(() => authenticate({ [setting]: broken })).not.toThrow();
    },
  );

  it('signs the nonce of the server with the seed of a file', () => {
    const nkeySeedFile = join(folder, 'seed');
    writeFileSync(nkeySeedFile, `# mine\n${SEED}\n`);
    const { nkey, sig } = authenticate({ nkeySeedFile }) as { nkey: string; sig: string };
    expect(nkey).toBe(user.getPublicKey());
    expect(user.verify(Buffer.from('nonce'), Buffer.from(sig, 'base64'))).toBe(true);
  });

  it('is a JWT and its seed of a credentials file, whatever its line breaks', () => {
    expect(credsOf(CREDS)).toEqual({ jwt: 'aaa.bbb.ccc', seed: SEED });
    expect(credsOf(SEED)).toBeUndefined();
    const credsFile = join(folder, 'user.creds');
    writeFileSync(credsFile, CREDS);
    expect(authenticate({ credsFile })).toMatchObject({ jwt: 'aaa.bbb.ccc', nkey: user.getPublicKey() });
  });
});
