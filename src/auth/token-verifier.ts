import { hash } from 'node:crypto';
import { compactVerify, type CryptoKey } from 'jose';
import { ALGORITHM, payloadOf } from './compact-token.js';
import { readClaims, type VerifiedToken } from './token-claims.js';

/** Longest token that is looked at, in characters: twice what the host promises for a single header. */
export const MAX_TOKEN_LENGTH = 16_384;

/** Tokens whose signature is remembered: at 16 kB at most each, some megabytes. */
const MAX_REMEMBERED = 500;

const OPTIONS = { algorithms: [ALGORITHM] };

/**
 * Verifies tokens with one key.
 *
 * A signature that was good stays good, so it is checked once: an RSA verification costs 200 to 450 us of CPU (jose 6.2,
 * Node 20), looking up a digest 4 us, and a caller sends one token many times. Only verified tokens are
 * remembered, so that nobody without the private key can fill the memory; times are checked by the caller each time.
 */
export class TokenVerifier {
  /** By digest, so that no token stays in memory; the least recently used first. */
  private readonly remembered = new Map<string, VerifiedToken>();

  constructor(
    private readonly key: CryptoKey,
    private readonly maxRemembered = MAX_REMEMBERED,
  ) {}

  /** What a token says; `undefined` if its form, header, signature or the shape of its claims is wrong. Never rejects. */
  async verify(token: string): Promise<VerifiedToken | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined;
    const digest = hash('sha256', token, 'base64');
    const known = this.remembered.get(digest);
    const verified = known ?? (await this.verifyAnew(token));
    if (verified) this.remember(digest, verified);
    return verified;
  }

  private async verifyAnew(token: string): Promise<VerifiedToken | undefined> {
    const payload = payloadOf(token);
    if (!payload) return undefined;
    try {
      await compactVerify(token, this.key, OPTIONS);
    } catch {
      return undefined;
    }
    return readClaims(payload);
  }

  private remember(digest: string, verified: VerifiedToken): void {
    this.remembered.delete(digest);
    this.remembered.set(digest, verified);
    if (this.remembered.size <= this.maxRemembered) return;
    for (const oldest of this.remembered.keys()) {
      this.remembered.delete(oldest);
      return;
    }
  }
}
