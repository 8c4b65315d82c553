import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pkcs1Pem, rsaKeys, spkiPem } from '../../test/support/tokens.js';
import { readPublicKey } from './public-key.js';

const keys = rsaKeys();
const otherKeys = rsaKeys();
const pkcs1 = pkcs1Pem(keys);
const spki = spkiPem(keys);

/** Whether the text gives exactly the key of the tests. */
async function givesTheKey(text: string): Promise<void> {
  const result = await readPublicKey(text);
  if (!('key' in result)) throw new Error(result.problem);
  const { n } = keys.publicKey.export({ format: 'jwk' });
  expect(await crypto.subtle.exportKey('jwk', result.key)).toMatchObject({ n, alg: 'RS256' });
}

/** The problem of an unusable text, which must name the variable and hold no piece of the text's key material. */
async function problemOf(text: string | undefined): Promise<string> {
  const result = await readPublicKey(text);
  if (!('problem' in result)) throw new Error('the key is usable');
  expect(result.problem).toContain('SCW_PUBLIC_KEY');
  for (const line of (text ?? '').split(/\s+|\\n/)) {
    if (/^[A-Za-z0-9+/=]{16,}$/.test(line)) expect(result.problem).not.toContain(line.slice(0, 16));
  }
  return result.problem;
}

/** The PEM of an RSA key of any modulus and exponent, at once and however senseless. */
function rsaPem(modulus: Buffer, exponent = Buffer.from([1, 0, 1])): string {
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString();
}

describe('a public key that can be used', () => {
  it('section 6: PKCS#1, as the original takes it', () => givesTheKey(pkcs1));
  it('section 6: SPKI', () => givesTheKey(spki));
  it('section 6: lines that end in CRLF', () => givesTheKey(pkcs1.replaceAll('\n', '\r\n')));
  it('section 6: no line end behind the last line', () => givesTheKey(spki.trimEnd()));
  it('section 6: text before and behind', () => givesTheKey(`# signer of 2026\n${spki}\n-- end, ask ops\n`));
  it('section 6: text around PKCS#1 with CRLF', () =>
    givesTheKey(`RSA key:\r\n\r\n${pkcs1.replaceAll('\n', '\r\n')}\r\nbye`));
  it('section 6: line ends written as the two characters \\n', () => givesTheKey(pkcs1.replaceAll('\n', '\\n')));
  it('section 6: line ends written as \\r\\n', () => givesTheKey(spki.replaceAll('\n', '\\r\\n')));
  it('section 6: one line with spaces, as folding YAML makes it', () => givesTheKey(spki.replaceAll('\n', ' ')));
  it('section 6: quotes that came along', () => givesTheKey(`"${spki}"`));
  it('section 6: exactly 2048 bits', async () => {
    expect(keys.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2_048);
    await givesTheKey(spki);
  });
  it('section 6: 4096 bits', async () => {
    expect(await readPublicKey(rsaPem(Buffer.alloc(512, 0xff)))).toHaveProperty('key');
  });
  it('section 6: of two keys the first counts, as in the original', () => givesTheKey(spki + spkiPem(otherKeys)));
});

describe('a public key that cannot be used', () => {
  it('section 6: not set', async () => expect(await problemOf(undefined)).toMatch(/is not set.*SCW_PUBLIC=true/));
  it('section 6: empty', async () => expect(await problemOf('')).toMatch(/is not set/));
  it('section 6: blank', async () => expect(await problemOf(' \r\n\t')).toMatch(/is not set/));
  it('section 6: garbage', async () => expect(await problemOf('invalid public key')).toMatch(/holds no PEM/));
  it('section 6: base64 without the lines around it', async () => {
    const [, ...body] = spki.trim().split('\n');
    expect(await problemOf(body.slice(0, -1).join('\n'))).toMatch(/holds no PEM/);
  });
  it('section 6: cut off', async () => expect(await problemOf(spki.slice(0, 200))).toMatch(/without its end/));
  it('section 6: a line is missing', async () => {
    const lines = spki.split('\n');
    expect(await problemOf([...lines.slice(0, 3), ...lines.slice(4)].join('\n'))).toMatch(/damaged/);
  });
  it('section 6: characters that are no base64', async () => {
    expect(await problemOf(spki.replace('MII', 'M*II'))).toMatch(/damaged/);
  });
  it('section 6: an empty block', async () => {
    expect(await problemOf('-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----')).toMatch(/damaged/);
  });
  it('section 6: random bytes in a block', async () => {
    const body = randomBytes(294).toString('base64');
    expect(await problemOf(`-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`)).toMatch(/damaged/);
  });
  it('section 6: PKCS#1 under the label of SPKI', async () => {
    expect(await problemOf(pkcs1.replaceAll('RSA PUBLIC', 'PUBLIC'))).toMatch(/damaged/);
  });
  it('section 6: the begin of one kind and the end of another', async () => {
    expect(await problemOf(spki.replace('END PUBLIC', 'END RSA PUBLIC'))).toMatch(/without its end/);
  });
  it('section 6: a JWK', async () => {
    expect(await problemOf(JSON.stringify(keys.publicKey.export({ format: 'jwk' })))).toMatch(/holds no PEM/);
  });

  it('section 6: a certificate, and how to get its key', async () => {
    const body = randomBytes(600).toString('base64');
    const problem = await problemOf(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`);
    expect(problem).toMatch(/holds a certificate.*openssl x509/);
  });
  it('section 6: PEM of another kind', async () => {
    const body = randomBytes(60).toString('base64');
    expect(await problemOf(`-----BEGIN DH PARAMETERS-----\n${body}\n-----END DH PARAMETERS-----`)).toMatch(
      /another kind/,
    );
  });

  it('section 6: 1024 bits', async () => {
    expect(await problemOf(rsaPem(Buffer.alloc(128, 0xff)))).toMatch(/1024 bits.*too small/);
  });
  it('section 6: 2047 bits', async () => {
    expect(await problemOf(rsaPem(Buffer.alloc(256, 0x7f)))).toMatch(/2047 bits.*too small/);
  });
  it('section 6: more bits than OpenSSL verifies with', async () => {
    expect(await problemOf(rsaPem(Buffer.alloc(2_049, 0xff)))).toMatch(/16392 bits.*too large/);
  });
  it('section 6: the exponent 1, with which everyone can sign', async () => {
    expect(await problemOf(rsaPem(Buffer.alloc(256, 0xff), Buffer.from([1])))).toMatch(/exponent/);
  });
  it('section 6: an even exponent', async () => {
    expect(await problemOf(rsaPem(Buffer.alloc(256, 0xff), Buffer.from([1, 0, 0])))).toMatch(/exponent/);
  });

  it('section 6: an elliptic curve key', async () => {
    expect(await problemOf(spkiPem(generateKeyPairSync('ec', { namedCurve: 'P-256' })))).toMatch(/of the type ec\b/);
  });
  it('section 6: an Ed25519 key', async () => {
    expect(await problemOf(spkiPem(generateKeyPairSync('ed25519')))).toMatch(/of the type ed25519/);
  });
  it('section 6: an RSA key that is for PSS alone', async () => {
    expect(await problemOf(spkiPem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })))).toMatch(
      /of the type rsa-pss/,
    );
  });

  it.each([
    ['PKCS#8', keys.privateKey.export({ format: 'pem', type: 'pkcs8' })],
    ['PKCS#1', keys.privateKey.export({ format: 'pem', type: 'pkcs1' })],
    ['encrypted', keys.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })],
    ['elliptic', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'sec1' })],
    ['cut off', keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).slice(0, 300)],
    ['beside the public key', `${spki}${keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()}`],
  ])('section 6: a private key given by mistake, %s, of which nothing is said but that', async (_form, pem) => {
    expect(await problemOf(pem.toString())).toMatch(/holds a private key.*exposed/);
  });
});
