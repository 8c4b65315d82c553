import { createHash, createPublicKey } from 'node:crypto';
import { claims, validToken, type Vectors } from './hostile-tokens.js';
import { encodePart, type KeyPair, paddedBlock, SHA256_DIGEST_INFO } from './tokens.js';

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function bytesOf(number: bigint, length = 256): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(Math.max(length * 2, hex.length + (hex.length % 2)), '0'), 'hex');
}

/** A good token whose signature begins with a zero byte, one of some 256. */
export function tokenWithLeadingZero(keys: KeyPair): string {
  for (let jti = 0; ; jti++) {
    const token = validToken(keys, { jti });
    if (Buffer.from(token.split('.')[2] ?? '', 'base64url')[0] === 0) return token;
  }
}

/** Signatures that are no number below the modulus in just as many bytes (RFC 8017 section 8.2.2), or a wrong one. */
export function brokenSignatures(keys: KeyPair): Vectors {
  const token = validToken(keys);
  const [header, payload] = token.split('.');
  const n = numberOf(Buffer.from(keys.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url'));
  const good = Buffer.from(token.split('.')[2] ?? '', 'base64url');
  const s = numberOf(good);
  const flipped = (at: number) => good.map((byte, index) => (index === at ? byte ^ 1 : byte));
  const otherClaims = validToken(keys, { jti: 'other' }).split('.')[2] ?? '';
  const signatures: [string, Uint8Array][] = [
    ['all zeros', Buffer.alloc(256)],
    ['one zero', Buffer.alloc(1)],
    ['all ones', Buffer.alloc(256, 0xff)],
    ['the number 1', bytesOf(1n)],
    ['the modulus', bytesOf(n)],
    ['the modulus less 1', bytesOf(n - 1n)],
    ['the modulus and 1', bytesOf(n + 1n)],
    ['the modulus added', bytesOf(s + n)],
    ['the modulus added twice', bytesOf(s + 2n * n)],
    ['subtracted from the modulus', bytesOf(n - s)],
    ['squared', bytesOf((s * s) % n)],
    ['a byte less at its end', good.subarray(0, 255)],
    ['a byte less at its beginning', good.subarray(1)],
    ['a byte more at its end', Buffer.concat([good, Buffer.alloc(1)])],
    ['a zero byte before it', Buffer.concat([Buffer.alloc(1), good])],
    ['twice itself', Buffer.concat([good, good])],
    ['half of itself', good.subarray(0, 128)],
    ['its bytes reversed', good.toReversed()],
    ['its first bit changed', flipped(0)],
    ['its last bit changed', flipped(255)],
    ['an ASN.1 octet string around it', Buffer.concat([Buffer.from('04820100', 'hex'), good])],
    ['the bare digest', createHash('sha256').update(`${header}.${payload}`).digest()],
    ['the padded digest, not signed', paddedBlock(256, digestInfo(`${header}.${payload}`))],
  ];
  return [
    ...signatures.map(([name, bytes]): Vectors[number] => [
      name,
      () => `${header}.${payload}.${Buffer.from(bytes).toString('base64url')}`,
    ]),
    ['that of other claims', () => `${header}.${payload}.${otherClaims}`],
    [
      'leading zero cut off',
      () => {
        const [h, p, signature = ''] = tokenWithLeadingZero(keys).split('.');
        return `${h}.${p}.${encodePart(Buffer.from(signature, 'base64url').subarray(1))}`;
      },
    ],
  ];
}

function digestInfo(input: string): Buffer {
  return Buffer.concat([Buffer.from(SHA256_DIGEST_INFO, 'hex'), createHash('sha256').update(input).digest()]);
}

/** The public key with the exponent 1: whatever is padded is its own signature, so that everyone can sign. */
export function exponentOne({ publicKey }: KeyPair): { pem: string; token: string } {
  const jwk = { ...publicKey.export({ format: 'jwk' }), e: 'AQ' };
  const input = `${encodePart({ alg: 'RS256' })}.${encodePart(claims())}`;
  return {
    pem: createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString(),
    token: `${input}.${encodePart(paddedBlock(256, digestInfo(input)))}`,
  };
}

/**
 * A token for a key of 2048 bits with the exponent 3, forged without its private key (Bleichenbacher 2006, CVE-2006-4339):
 * the cube root of the least padding, the digest and whatever follows. A verifier that does not look behind the digest takes it.
 */
export function cubeRootToken(): string {
  const input = `${encodePart({ alg: 'RS256' })}.${encodePart(claims())}`;
  const start = Buffer.concat([Buffer.from(`0001${'ff'.repeat(8)}00`, 'hex'), digestInfo(input)]);
  const root = cubeRoot(numberOf(Buffer.concat([start, Buffer.alloc(256 - start.length)]))) + 1n;
  if (
    !bytesOf(root ** 3n)
      .subarray(0, start.length)
      .equals(start)
  )
    throw new Error('this is no forgery');
  return `${input}.${encodePart(bytesOf(root))}`;
}

/** The greatest whole number whose cube is not above. */
function cubeRoot(cube: bigint): bigint {
  let [low, high] = [0n, 1n << 800n];
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** 3n <= cube) low = middle;
    else high = middle - 1n;
  }
  return low;
}
