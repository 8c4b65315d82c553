import { createPublicKey, type KeyObject } from 'node:crypto';
import { type CryptoKey, importSPKI } from 'jose';
import { ALGORITHM } from './compact-token.js';

/** A key that verifies, or why there is none: a sentence for the operator that holds nothing of the key. */
export type PublicKeyResult = { readonly key: CryptoKey } | { readonly problem: string };

/** RFC 7518 section 3.3 and RFC 8725 section 3.5 ask for no less; OpenSSL verifies with no more. */
const MIN_BITS = 2_048;
const MAX_BITS = 16_384;

const NOT_SET =
  'SCW_PUBLIC_KEY is not set, so no token can be verified and every one is answered 500. ' +
  'Set it to the public key of whoever signs the tokens, or SCW_PUBLIC=true to open the function to everyone.';

/**
 * Reads the key that verifies tokens: RSA, PEM, PKCS#1 (`BEGIN RSA PUBLIC KEY`) or SPKI (`BEGIN PUBLIC KEY`). As in the
 * original, text around it is allowed and the first PEM block counts. Line ends may be LF, CRLF, spaces, or the two
 * characters `\n` that a key often gets on its way through a file of variables: none of them can be part of a key.
 */
export async function readPublicKey(text: string | undefined): Promise<PublicKeyResult> {
  if (text === undefined || text.trim() === '') return { problem: NOT_SET };
  const found = findKey(text);
  if (typeof found === 'string') return { problem: unusable(found) };
  const flaw = flawOf(found);
  if (flaw) return { problem: unusable(flaw) };
  try {
    return { key: await importSPKI(found.export({ format: 'pem', type: 'spki' }).toString(), ALGORITHM) };
  } catch {
    return { problem: unusable('holds a key that cannot be used for RS256') };
  }
}

/** The key, or what the variable holds instead. */
function findKey(text: string): KeyObject | string {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    return (
      'holds a private key, which does not belong here; consider it exposed and replace it. ' +
      '`openssl pkey -in private.pem -pubout` prints the public key of a private one'
    );
  }
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (label === undefined) return 'holds no PEM';
  if (label === 'CERTIFICATE') {
    return 'holds a certificate; `openssl x509 -in certificate.pem -pubkey -noout` prints its public key';
  }
  if (label === 'RSA PUBLIC KEY') return decodeBlock(text, label, 'pkcs1');
  if (label === 'PUBLIC KEY') return decodeBlock(text, label, 'spki');
  return 'holds PEM of another kind';
}

/** Any error of the parser is kept to itself: nobody can promise that it quotes nothing. */
function decodeBlock(text: string, label: string, type: 'pkcs1' | 'spki'): KeyObject | string {
  const body = new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`).exec(text)?.[1];
  if (body === undefined) return 'holds PEM without its end';
  const base64 = body.replace(/\\r|\\n|\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 'holds PEM whose content is damaged';
  try {
    return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type });
  } catch {
    return 'holds PEM whose content is damaged';
  }
}

function flawOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType !== 'rsa') return `holds a key of the type ${asymmetricKeyType}`;
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_BITS) return `holds a key of ${modulusLength} bits, which is too small to be safe`;
  if (modulusLength > MAX_BITS) return `holds a key of ${modulusLength} bits, which is too large to be used`;
  // With the exponent 1 everyone can sign; an even one is no RSA.
  const isSane = publicExponent >= 3n && publicExponent % 2n === 1n;
  return isSane ? undefined : 'holds an RSA key whose exponent is not safe';
}

function unusable(flaw: string): string {
  return (
    `SCW_PUBLIC_KEY ${flaw}. No token can be verified and every one is answered 500. ` +
    `Expected: an RSA public key of ${MIN_BITS} to ${MAX_BITS} bits in PEM, ` +
    '-----BEGIN PUBLIC KEY----- or -----BEGIN RSA PUBLIC KEY-----.'
  );
}
