import { createHash, generateKeyPairSync, type KeyObject, privateEncrypt, constants, sign } from 'node:crypto';

/** Keys and tokens for tests, good and bad ones: every token is signed in full control of its bytes. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const APPLICATION_ID = '5a9a1a6f-9d6b-4f0e-8f5b-2d0a4a3f7c11';
export const NAMESPACE_ID = 'e2b7c0de-13a4-4c9b-b6a4-0c9f6a0d5e22';

/** A new RSA key; some 100 ms for 2048 bits. */
export function rsaKeys(bits = 2_048): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

/** `BEGIN RSA PUBLIC KEY`, as the original takes it. */
export function pkcs1Pem({ publicKey }: KeyPair): string {
  return publicKey.export({ format: 'pem', type: 'pkcs1' }).toString();
}

/** `BEGIN PUBLIC KEY`. */
export function spkiPem({ publicKey }: KeyPair): string {
  return publicKey.export({ format: 'pem', type: 'spki' }).toString();
}

/** The claims of a token for this application. */
export function applicationClaims(more: object = {}): object {
  return { iss: 'SCALEWAY', application_claim: [{ application_id: APPLICATION_ID, namespace_id: '' }], ...more };
}

/** The claims of a token for the whole namespace. */
export function namespaceClaims(more: object = {}): object {
  return { iss: 'SCALEWAY', application_claim: [{ application_id: '', namespace_id: NAMESPACE_ID }], ...more };
}

/** Text and bytes as they are, anything else as JSON, in base64url. */
export function encodePart(content: string | Uint8Array | object): string {
  const isRaw = typeof content === 'string' || content instanceof Uint8Array;
  return Buffer.from(isRaw ? content : JSON.stringify(content)).toString('base64url');
}

/** A token of any header and payload, signed by RS256 whatever the header says. */
export function rs256Token(
  { privateKey }: KeyPair,
  payload: string | Uint8Array | object = applicationClaims(),
  header: string | Uint8Array | object = { alg: 'RS256', typ: 'JWT' },
): string {
  const input = signingInput(header, payload);
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

/** A token whose signature another algorithm makes. */
export function foreignToken(
  header: object,
  makeSignature: (input: Buffer) => Uint8Array,
  payload: object = applicationClaims(),
): string {
  const input = signingInput(header, payload);
  return `${input}.${encodePart(makeSignature(Buffer.from(input)))}`;
}

function signingInput(header: string | Uint8Array | object, payload: string | Uint8Array | object): string {
  return `${encodePart(header)}.${encodePart(payload)}`;
}

/** The ASN.1 before a SHA-256 digest in a PKCS#1 v1.5 signature (RFC 8017 section 9.2). */
export const SHA256_DIGEST_INFO = '3031300d060960864801650304020105000420';

/**
 * A token whose RS256 signature is built by hand: `pad` gives the whole block of the modulus' length from the digest, so
 * that a verifier which parses instead of comparing can be caught.
 */
export function paddedToken(keys: KeyPair, pad: (digest: Buffer, length: number) => Buffer): string {
  const length = (keys.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  return foreignToken({ alg: 'RS256' }, (input) => {
    const block = pad(createHash('sha256').update(input).digest(), length);
    return privateEncrypt({ key: keys.privateKey, padding: constants.RSA_NO_PADDING }, block);
  });
}

/** The block of RFC 8017 section 9.2, with whatever is given in place of its parts. */
export function paddedBlock(length: number, digestInfo: Buffer, start = '0001', fill = 0xff): Buffer {
  const head = Buffer.from(start, 'hex');
  const padding = Buffer.alloc(length - head.length - 1 - digestInfo.length, fill);
  return Buffer.concat([head, padding, Buffer.from([0]), digestInfo]);
}
