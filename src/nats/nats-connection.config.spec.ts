import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { messageOf } from '../errors.js';
import { NatsConnectionConfig, natsConnectionRules } from './nats-connection.config.js';

const schema = { sections: [NatsConnectionConfig], triggerKinds: [], rules: natsConnectionRules };
const SEED = Buffer.from(nkeys.createUser().getSeed()).toString();
const CREDS = `-----BEGIN NATS USER JWT-----
eyJ0.eyJq.c2ln
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${SEED}
------END USER NKEY SEED------
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-nats-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What the configuration is refused for, empty if it is not. */
function refusal(environment: Record<string, string>): string {
  try {
    loadConfig({ SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: 'nats://a', ...environment }, undefined, schema);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

describe('section 1: the connection to NATS', () => {
  it('needs nothing where no server is configured', () => {
    expect(refusal({ TRIGGER_NATS_URL: '', SCW_APPLICATION_NAME: '' })).toBe('');
  });

  it('requires SCW_APPLICATION_NAME once a server is configured', () => {
    expect(refusal({ SCW_APPLICATION_NAME: '' })).toMatch(/SCW_APPLICATION_NAME: expected a name/);
  });

  it('takes nats:// and tls://, and refuses what is neither by name', () => {
    expect(refusal({ TRIGGER_NATS_URL: 'nats://a:1, tls://b:2' })).toBe('');
    expect(refusal({ TRIGGER_NATS_URL: 'http://a' })).toMatch(/TRIGGER_NATS_URL: expected nats:\/\/host:port or tls/);
    expect(refusal({ TRIGGER_NATS_URL: 'nats://a,,nats://b' })).toMatch(/TRIGGER_NATS_URL: expected/);
  });

  it('never shows a secret, be it in a URL', () => {
    const text = refusal({ TRIGGER_NATS_URL: 'nats://me:s3cret@a:x', TRIGGER_NATS_PASSWORD: 'pa55' });
    expect(text).toMatch(/TRIGGER_NATS_URL/);
    expect(text).not.toMatch(/s3cret|pa55/);
  });

  it.each([
    ['TRIGGER_NATS_TOKEN', { TRIGGER_NATS_TOKEN: 't', TRIGGER_NATS_USER: 'u' }, 'TRIGGER_NATS_USER: expected one kind'],
    ['a URL', { TRIGGER_NATS_URL: 'nats://t@a', TRIGGER_NATS_TOKEN: 't' }, 'TRIGGER_NATS_URL: expected no credentials'],
    ['a user', { TRIGGER_NATS_PASSWORD: 'p' }, 'TRIGGER_NATS_PASSWORD: expected TRIGGER_NATS_USER beside it'],
  ])('refuses contradicting credentials: %s', (_what, environment, expected) => {
    expect(refusal(environment as Record<string, string>)).toContain(expected);
  });

  it('refuses a secret given twice', () => {
    const secret = file('secret', 'x\n');
    expect(refusal({ TRIGGER_NATS_TOKEN: 't', TRIGGER_NATS_TOKEN_FILE: secret })).toContain('TRIGGER_NATS_TOKEN_FILE');
    expect(
      refusal({ TRIGGER_NATS_USER: 'u', TRIGGER_NATS_PASSWORD: 'p', TRIGGER_NATS_PASSWORD_FILE: secret }),
    ).toContain('TRIGGER_NATS_PASSWORD_FILE: expected either it or TRIGGER_NATS_PASSWORD, got both');
  });

  it.each([
    'TRIGGER_NATS_CREDS_FILE',
    'TRIGGER_NATS_TOKEN_FILE',
    'TRIGGER_NATS_NKEY_SEED_FILE',
    'TRIGGER_NATS_TLS_CA_FILE',
    'TRIGGER_NATS_TLS_CERT_FILE',
    'TRIGGER_NATS_TLS_KEY_FILE',
  ])('refuses a %s that is missing, a folder, or holds something else', (variable) => {
    expect(refusal({ [variable]: join(folder, 'nothing') })).toMatch(`${variable}: expected a file`);
    expect(refusal({ [variable]: join(folder, 'nothing') })).toContain('does not exist');
    expect(refusal({ [variable]: folder })).toContain('is a folder');
    expect(refusal({ [variable]: file('empty', ' \n') })).toContain('does not hold one');
  });

  it('refuses a file that cannot be read', () => {
    // A file that even root cannot read; where there is none, one without permissions.
    const path = existsSync('/proc/self/mem') ? '/proc/self/mem' : file('locked', 'x');
    if (path.startsWith(folder)) chmodSync(path, 0);
    expect(refusal({ TRIGGER_NATS_TOKEN_FILE: path })).toContain('cannot be read');
  });

  it('refuses a path that leads nowhere, or in a circle', () => {
    const circle = join(folder, 'circle');
    symlinkSync(circle, circle);
    for (const path of [circle, join(folder, 'x'.repeat(300)), join(file('a-file', 'x'), 'below')]) {
      expect(refusal({ TRIGGER_NATS_TOKEN_FILE: path })).toMatch(
        /TRIGGER_NATS_TOKEN_FILE: .*(cannot be read|not exist)/,
      );
    }
  });

  it('takes credentials, seeds and secrets from files', () => {
    expect(refusal({ TRIGGER_NATS_CREDS_FILE: file('user.creds', CREDS) })).toBe('');
    expect(refusal({ TRIGGER_NATS_NKEY_SEED_FILE: file('seed', `# mine\n${SEED}\n`) })).toBe('');
    expect(refusal({ TRIGGER_NATS_TOKEN_FILE: file('token', 't\n') })).toBe('');
    expect(refusal({ TRIGGER_NATS_USER: 'u', TRIGGER_NATS_PASSWORD_FILE: file('password', 'p\n') })).toBe('');
  });

  it('takes a key and asks for its certificate', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = file('key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    expect(refusal({ TRIGGER_NATS_TLS_KEY_FILE: key })).toContain('TRIGGER_NATS_TLS_CERT_FILE beside it');
    expect(refusal({ TRIGGER_NATS_TLS_KEY_FILE: key })).not.toContain('does not hold');
  });
});
