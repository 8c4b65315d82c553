import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../support/certificates.js';
import { cubeRootToken, exponentOne } from '../support/hostile-signatures.js';
import { CANARY, claims, validToken } from '../support/hostile-tokens.js';
import { rawExchange, statusOf } from '../support/raw-http.js';
import { type Host, startHost, until } from '../support/start-host.js';
import {
  APPLICATION_ID,
  foreignToken,
  type KeyPair,
  NAMESPACE_ID,
  pkcs1Pem,
  rsaKeys,
  spkiPem,
} from '../support/tokens.js';

const keys = rsaKeys();

async function startWith(publicKey: string): Promise<Host> {
  const env = { SCW_PUBLIC: undefined, SCW_APPLICATION_ID: APPLICATION_ID, SCW_NAMESPACE_ID: NAMESPACE_ID };
  const host = await startHost({
    env: { ...env, SCW_PUBLIC_KEY: publicKey, LOG_LEVEL: 'trace' },
    started: 'listening',
  });
  await until('the HTTP trigger', () => answerTo(host).catch(() => undefined));
  return host;
}

/** The status of the answer, and its text. What the function would write, if it ran, is the marker. */
async function answerTo(host: Host, token?: string, marker = 'unmarked'): Promise<[status: number, text: string]> {
  const line = token === undefined ? '' : `X-Auth-Token: ${token}\r\n`;
  const head = `GET /log?line=${marker} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${line}\r\n`;
  const answer = await rawExchange(host.port, head);
  return [statusOf(answer), answer.slice(answer.indexOf('\r\n\r\n') + 4)];
}

const GRANTED = [200, 'logged'];
const NOT_VALID = [401, 'authorization token not valid'];

/** Ends the host, and fails if it has written anything of its key or of a token. */
async function expectSilence(host: Host, publicKey: string, tokens: readonly string[]): Promise<void> {
  await host.stop();
  const lines = publicKey.split(/\s+/).filter((line) => /^[\w+/=]{16,}$/.test(line));
  const parts = tokens.flatMap((token) => token.split('.'));
  const secrets = [CANARY, ...lines, ...parts.filter((part) => part.length > 16)];
  expect(secrets.filter((secret) => host.output().includes(secret))).toEqual([]);
}

/** A key that is no safe RSA public key, and the token that its owner, or an attacker, would make for it. */
function unusable(): [name: string, publicKey: string, token: string][] {
  const tooSmall = rsaKeys(2_047);
  const one = exponentOne(keys);
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed25519 = generateKeyPairSync('ed25519');
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2_048 });
  const authority = new CertificateAuthority();
  const secret = 'a-secret-that-two-parties-share-as-for-hs256';
  const foreign = (alg: string, make: (input: Buffer) => Buffer) => foreignToken({ alg, typ: 'JWT' }, make, claims());
  const es256 = (key: KeyPair['privateKey']) =>
    foreign('ES256', (input) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }));
  const pkcs8 = keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return [
    ['RSA of 2047 bits', spkiPem(tooSmall), validToken(tooSmall)],
    ['RSA with the exponent 1', one.pem, one.token],
    ['RSA for PSS alone', spkiPem(pss), foreign('PS256', (input) => sign('sha256', input, pss.privateKey))],
    ['an elliptic one', spkiPem(p256), es256(p256.privateKey)],
    ['Ed25519', spkiPem(ed25519), foreign('EdDSA', (input) => sign(null, input, ed25519.privateKey))],
    ['a certificate', authority.certificate, es256(createPrivateKey(authority.key))],
    ['a secret for HMAC', secret, foreign('HS256', (input) => createHmac('sha256', secret).update(input).digest())],
    ['private, behind the public one', spkiPem(keys) + pkcs8, validToken(keys)],
  ];
}

describe.concurrent('a key that cannot be used', () => {
  it.each(unusable())(
    'section 6: %s: 500 to every token, 401 to none, and the function never runs',
    async (_name, publicKey, token) => {
      const host = await startWith(publicKey);
      try {
        for (const given of [token, validToken(keys), 'garbage']) {
          expect(await answerTo(host, given)).toEqual([500, 'function runtime not setup correctly']);
        }
        expect(await answerTo(host)).toEqual([401, 'Unauthorized']);
        expect((await fetch(`${host.adminUrl}/readyz`)).status).toBe(503);
      } finally {
        await expectSilence(host, publicKey, [token]);
      }
      expect(host.output()).toContain('SCW_PUBLIC_KEY holds');
      expect(host.output()).not.toContain('unmarked');
    },
  );
});

describe.concurrent('a key that can be used', () => {
  it('section 6: of two keys with text and CRLF around them the first counts, and the second never', async () => {
    const second = rsaKeys();
    const publicKey = `# the signer\r\n${(pkcs1Pem(keys) + spkiPem(second)).replaceAll('\n', '\r\n')}# its end`;
    const host = await startWith(publicKey);
    expect(await answerTo(host, validToken(keys))).toEqual(GRANTED);
    expect(await answerTo(host, validToken(second), 'ran')).toEqual(NOT_VALID);
    await expectSilence(host, publicKey, [validToken(keys), validToken(second)]);
    expect(host.output()).toContain('"unmarked"');
    expect(host.output()).not.toContain('"ran"');
  });

  it('section 6: with the exponent 3 takes its own signatures, and no cube root that anyone can draw', async () => {
    const cubed = generateKeyPairSync('rsa', { modulusLength: 2_048, publicExponent: 3 });
    const host = await startWith(spkiPem(cubed));
    expect(await answerTo(host, cubeRootToken(), 'ran')).toEqual(NOT_VALID);
    expect(await answerTo(host, validToken(cubed))).toEqual(GRANTED);
    await expectSilence(host, spkiPem(cubed), [cubeRootToken(), validToken(cubed)]);
    expect(host.output()).toContain('"unmarked"');
    expect(host.output()).not.toContain('"ran"');
  });

  it('section 6: of 3072 bits takes its own signatures, and none of another length', async () => {
    const larger = rsaKeys(3_072);
    const host = await startWith(pkcs1Pem(larger));
    expect(await answerTo(host, validToken(larger))).toEqual(GRANTED);
    expect(await answerTo(host, validToken(keys))).toEqual(NOT_VALID);
    await expectSilence(host, pkcs1Pem(larger), [validToken(larger)]);
  });
});
