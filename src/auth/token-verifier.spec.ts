import { constants, createHmac, generateKeyPairSync, publicEncrypt, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { importSPKI } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  APPLICATION_ID,
  applicationClaims,
  encodePart,
  foreignToken,
  pkcs1Pem,
  rs256Token,
  rsaKeys,
  spkiPem,
} from '../../test/support/tokens.js';
import { MAX_TOKEN_LENGTH, TokenVerifier } from './token-verifier.js';

const keys = rsaKeys();
const attacker = rsaKeys();
const valid = rs256Token(keys);
const verifier = new TokenVerifier(await importSPKI(spkiPem(keys), 'RS256'));

async function isAccepted(token: string): Promise<boolean> {
  return (await verifier.verify(token)) !== undefined;
}

describe('the signature of a token', () => {
  it('section 6: RS256 by the configured key gives the claims', async () => {
    expect(await verifier.verify(valid)).toMatchObject({ claims: applicationClaims(), applicationId: APPLICATION_ID });
  });

  it('section 6: the same token is accepted again', async () => {
    expect(await isAccepted(valid)).toBe(true);
    expect(await isAccepted(valid)).toBe(true);
  });

  it('section 6: refuses a token that another key signed', async () => {
    expect(await isAccepted(rs256Token(attacker))).toBe(false);
  });

  it('section 6: refuses the signature of one token on the claims of another', async () => {
    const [header, , signature] = rs256Token(keys, applicationClaims({ exp: 1 })).split('.');
    expect(await isAccepted(`${header}.${encodePart(applicationClaims())}.${signature}`)).toBe(false);
  });

  it('section 6: refuses a header that was exchanged for an equal one in other words', async () => {
    const [, payload, signature] = valid.split('.');
    expect(await isAccepted(`${encodePart('{"typ":"JWT","alg":"RS256"}')}.${payload}.${signature}`)).toBe(false);
  });

  it('section 6: refuses the algorithm none, with and without a signature', async () => {
    const [, payload, signature] = valid.split('.');
    const header = encodePart({ alg: 'none' });
    expect(await isAccepted(`${header}.${payload}.`)).toBe(false);
    expect(await isAccepted(`${header}.${payload}.${signature}`)).toBe(false);
  });

  it.each(['HS256', 'HS384', 'HS512'])('section 6: refuses %s with the public key as its secret', async (alg) => {
    const hash = alg.replace('HS', 'sha');
    const der = keys.publicKey.export({ format: 'der', type: 'spki' });
    const secrets = [pkcs1Pem(keys), pkcs1Pem(keys).trim(), spkiPem(keys), spkiPem(keys).trim(), der, ''];
    for (const secret of secrets) {
      const hmac = (input: Buffer) => createHmac(hash, secret).update(input).digest();
      expect(await isAccepted(foreignToken({ alg }, hmac))).toBe(false);
      expect(await isAccepted(foreignToken({ alg: 'RS256' }, hmac))).toBe(false);
    }
  });

  it.each(['sha1', 'sha224', 'sha384', 'sha512'])(
    'section 6: refuses PKCS#1 v1.5 over %s under the name RS256',
    async (hash) => {
      const token = foreignToken({ alg: 'RS256' }, (input) => sign(hash, input, keys.privateKey));
      expect(await isAccepted(token)).toBe(false);
    },
  );

  it.each(['PS256', 'PS384', 'PS512', 'RS256'])(
    'section 6: refuses a PSS signature by the right key, named %s',
    async (alg) => {
      const key = { key: keys.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING };
      expect(await isAccepted(foreignToken({ alg }, (input) => sign('sha256', input, key)))).toBe(false);
    },
  );

  it.each(['ES256', 'RS256'])('section 6: refuses an ECDSA signature, named %s', async (alg) => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const ecdsa = (input: Buffer) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
    expect(await isAccepted(foreignToken({ alg }, ecdsa))).toBe(false);
  });

  it.each(['EdDSA', 'Ed25519', 'RS256'])('section 6: refuses an Ed25519 signature, named %s', async (alg) => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(await isAccepted(foreignToken({ alg }, (input) => sign(null, input, privateKey)))).toBe(false);
  });

  it('section 6: refuses a JWE that was encrypted to the public key', async () => {
    const cek = publicEncrypt(keys.publicKey, Buffer.alloc(32, 1));
    const parts = [{ alg: 'RSA-OAEP', enc: 'A256GCM' }, cek, Buffer.alloc(12), applicationClaims(), Buffer.alloc(16)];
    expect(await isAccepted(parts.map(encodePart).join('.'))).toBe(false);
  });

  it.each(['deflated', 'plain'])('section 6: gives no meaning to zip, payload %s', async (form) => {
    const json = Buffer.from(JSON.stringify(applicationClaims()));
    const token = rs256Token(keys, form === 'plain' ? json : deflateRawSync(json), { alg: 'RS256', zip: 'DEF' });
    expect(await isAccepted(token)).toBe(form === 'plain');
  });
});

describe('keys that a token brings or names', () => {
  const jwk = { ...attacker.publicKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'attacker' };
  const headers: [string, object][] = [
    ['jwk', { jwk }],
    ['jwk of a secret', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['kid', { kid: 'attacker' }],
    ['kid that is a path', { kid: '../../../../dev/null' }],
    ['kid that is SQL', { kid: "' UNION SELECT 'key" }],
    ['kid that is a command', { kid: '|sleep 10' }],
    ['kid that is no text', { kid: { $ne: null } }],
    ['jku', { jku: 'http://127.0.0.1:9/jwks.json' }],
    ['x5u', { x5u: 'http://127.0.0.1:9/chain.pem' }],
    ['x5c', { x5c: [Buffer.alloc(600, 1).toString('base64')] }],
    ['x5t', { x5t: 'AAAA', 'x5t#S256': 'AAAA' }],
  ];

  afterEach(() => vi.unstubAllGlobals());

  it.each(headers)('section 6: %s does not make the key of an attacker count', async (_name, header) => {
    expect(await isAccepted(rs256Token(attacker, applicationClaims(), { alg: 'RS256', ...header }))).toBe(false);
  });

  it.each(headers)(
    'section 6: %s has no effect beside the right key, and nothing is fetched',
    async (_name, header) => {
      const fetched = vi.fn(() => Promise.reject(new Error('not in a test')));
      vi.stubGlobal('fetch', fetched);
      expect(await isAccepted(rs256Token(keys, applicationClaims(), { alg: 'RS256', ...header }))).toBe(true);
      expect(fetched).not.toHaveBeenCalled();
    },
  );
});

describe('tokens that the right key signed and that are refused all the same', () => {
  it.each<[string, string]>([
    ['crit', rs256Token(keys, applicationClaims(), { alg: 'RS256', crit: ['exp'], exp: 1 })],
    [
      'crit of an extension that jose knows',
      rs256Token(keys, applicationClaims(), { alg: 'RS256', crit: ['b64'], b64: true }),
    ],
    ['two algorithms', rs256Token(keys, applicationClaims(), '{"alg":"none","alg":"RS256"}')],
    ['another algorithm in the header', rs256Token(keys, applicationClaims(), { alg: 'RS512' })],
    ['no claims', rs256Token(keys, '')],
    ['claims that are no JSON', rs256Token(keys, 'foo')],
    ['claims that are no UTF-8', rs256Token(keys, Buffer.from('{"application_claim":[{}],"a":"\xff"}', 'latin1'))],
    ['application_claim twice', rs256Token(keys, '{"application_claim":[{}],"application_claim":[{}]}')],
    ['a nested token', rs256Token(keys, valid, { alg: 'RS256', cty: 'JWT' })],
    ['a wrong type of time', rs256Token(keys, applicationClaims({ exp: '9999999999' }))],
    ['a length beyond the limit', rs256Token(keys, applicationClaims({ filler: 'x'.repeat(MAX_TOKEN_LENGTH) }))],
  ])('section 6: %s', async (_what, token) => expect(await isAccepted(token)).toBe(false));

  it('section 6: an unencoded payload, signed as RFC 7797 has it', async () => {
    const header = encodePart({ alg: 'RS256', b64: false, crit: ['b64'] });
    const payload = encodePart(applicationClaims());
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), keys.privateKey);
    expect(await isAccepted(`${header}.${payload}.${encodePart(signature)}`)).toBe(false);
    expect(await isAccepted(`${header}..${encodePart(signature)}`)).toBe(false);
  });

  it('section 6: one character beyond the length limit, and not one at it', async () => {
    const ofLength = (filler: number) => rs256Token(keys, applicationClaims({ filler: 'x'.repeat(filler) }));
    let filler = 11_500;
    while (ofLength(filler + 1).length <= MAX_TOKEN_LENGTH) filler++;
    expect(ofLength(filler).length).toBeGreaterThan(MAX_TOKEN_LENGTH - 3);
    expect(await isAccepted(ofLength(filler))).toBe(true);
    expect(await isAccepted(ofLength(filler + 1))).toBe(false);
  });

  it('section 6: a huge token is refused before any cryptography', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    expect(await isAccepted(`${valid}${'A'.repeat(1_000_000)}`)).toBe(false);
    expect(await isAccepted('.'.repeat(1_000_000))).toBe(false);
    expect(verify).not.toHaveBeenCalled();
    verify.mockRestore();
  });
});

describe('what is remembered', () => {
  it('section 6: a token is verified once and then known', async () => {
    const token = rs256Token(keys, applicationClaims({ jti: 'once' }));
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const first = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(first);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it('section 6: a refused token is not remembered, and verifying it once more refuses it again', async () => {
    const token = rs256Token(attacker);
    const verify = vi.spyOn(crypto.subtle, 'verify');
    for (let i = 0; i < 3; i++) expect(await isAccepted(token)).toBe(false);
    expect(verify).toHaveBeenCalledTimes(3);
    verify.mockRestore();
  });

  it('section 6: a bounded number is remembered, those that were used last', async () => {
    const small = new TokenVerifier(await importSPKI(spkiPem(keys), 'RS256'), 2);
    const [a, b, c] = [1, 2, 3].map((jti) => rs256Token(keys, applicationClaims({ jti }))) as [string, string, string];
    for (const token of [a, b, a, c]) await small.verify(token);
    const verify = vi.spyOn(crypto.subtle, 'verify');
    await small.verify(a);
    await small.verify(c);
    expect(verify).not.toHaveBeenCalled();
    await small.verify(b);
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
  });

  it('section 6: what one caller does to the claims does not reach the next', async () => {
    const { claims } = (await verifier.verify(valid)) ?? {};
    expect(() => Object.assign(claims ?? {}, { admin: true })).toThrow(TypeError);
  });
});
