import { createHash } from 'node:crypto';
import { importSPKI } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  encodePart,
  foreignToken,
  paddedBlock,
  paddedToken,
  rs256Token,
  rsaKeys,
  SHA256_DIGEST_INFO,
  spkiPem,
} from '../../test/support/tokens.js';
import { TokenVerifier } from './token-verifier.js';

const keys = rsaKeys();
const valid = rs256Token(keys);
const verifier = new TokenVerifier(await importSPKI(spkiPem(keys), 'RS256'));

async function isAccepted(token: string): Promise<boolean> {
  return (await verifier.verify(token)) !== undefined;
}

describe('the padding of a signature (PKCS#1 v1.5)', () => {
  const digestInfo = (digest: Buffer, prefix = SHA256_DIGEST_INFO) =>
    Buffer.concat([Buffer.from(prefix, 'hex'), digest]);

  it('section 6: the padding of the standard, made by hand, is accepted', async () => {
    const token = paddedToken(keys, (digest, length) => paddedBlock(length, digestInfo(digest)));
    expect(await isAccepted(token)).toBe(true);
  });

  it.each<[string, (digest: Buffer, length: number) => Buffer]>([
    ['block type 2', (digest, length) => paddedBlock(length, digestInfo(digest), '0002')],
    ['block type 0', (digest, length) => paddedBlock(length, digestInfo(digest), '0000')],
    ['no first zero byte', (digest, length) => paddedBlock(length, digestInfo(digest), '01')],
    ['fill bytes other than FF', (digest, length) => paddedBlock(length, digestInfo(digest), '0001', 0xfe)],
    ['fill bytes of zero', (digest, length) => paddedBlock(length, digestInfo(digest), '0001', 0)],
    [
      'garbage behind the digest',
      (digest, length) => {
        return Buffer.concat([paddedBlock(length - 20, digestInfo(digest)), Buffer.alloc(20, 0xab)]);
      },
    ],
    [
      'the least fill and garbage behind, as with the exponent 3',
      (digest, length) => {
        const start = Buffer.concat([Buffer.from(`0001${'ff'.repeat(8)}00`, 'hex'), digestInfo(digest)]);
        return Buffer.concat([start, Buffer.alloc(length - start.length, 0xab)]);
      },
    ],
    [
      'no parameters in the algorithm',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest, '302f300b0609608648016503040201' + '0420'));
      },
    ],
    [
      'garbage as parameters of the algorithm',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest, '3033300f06096086480165030402010402abcd' + '0420'));
      },
    ],
    [
      'lengths in the long form',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest, '308131300d060960864801650304020105000420'));
      },
    ],
    [
      'the name of SHA-1 before the digest',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest, '302d300906052b0e03021a05000420'));
      },
    ],
    [
      'the name of SHA-512 before the digest',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest, '3031300d060960864801650304020305000420'));
      },
    ],
    ['no name before the digest', (digest, length) => paddedBlock(length, digest)],
    [
      'a digest that is cut off',
      (digest, length) => {
        return paddedBlock(length, digestInfo(digest.subarray(0, 31), '3030300d06096086480165030402010500041f'));
      },
    ],
    [
      'no digest',
      (_digest, length) => paddedBlock(length, Buffer.from('3011300d06096086480165030402010500' + '0400', 'hex')),
    ],
    [
      'the digest of another token',
      (_digest, length) => {
        return paddedBlock(length, digestInfo(createHash('sha256').update('other').digest()));
      },
    ],
  ])('section 6: refuses %s', async (_what, pad) => {
    expect(await isAccepted(paddedToken(keys, pad))).toBe(false);
  });

  it.each<[string, Buffer]>([
    ['nothing but zeros', Buffer.alloc(256)],
    ['the number 1', Buffer.concat([Buffer.alloc(255), Buffer.from([1])])],
    ['nothing but ones', Buffer.alloc(256, 0xff)],
    ['one byte', Buffer.alloc(1)],
    ['the right length less one', Buffer.alloc(255, 1)],
    ['twice the right length', Buffer.alloc(512, 1)],
  ])('section 6: refuses a signature of %s', async (_what, signature) => {
    expect(await isAccepted(foreignToken({ alg: 'RS256' }, () => signature))).toBe(false);
  });

  it('section 6: refuses a signature with zeros before or behind it', async () => {
    const [header, payload, signature = ''] = valid.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    for (const longer of [Buffer.concat([Buffer.alloc(1), bytes]), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(await isAccepted(`${header}.${payload}.${encodePart(longer)}`)).toBe(false);
    }
  });

  it('section 6: refuses a signature to which the modulus was added', async () => {
    const [header, payload, signature = ''] = valid.split('.');
    const modulus = Buffer.from(keys.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
    const sum =
      BigInt(`0x${Buffer.from(signature, 'base64url').toString('hex')}`) + BigInt(`0x${modulus.toString('hex')}`);
    const hex = sum.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
    expect(await isAccepted(`${header}.${payload}.${encodePart(bytes)}`)).toBe(false);
  });
});
