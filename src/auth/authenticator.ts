import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AuthConfig } from './auth.config.js';
import { readPublicKey } from './public-key.js';
import { isInTime, type TokenClaims, type VerifiedToken } from './token-claims.js';
import { TokenVerifier } from './token-verifier.js';

export type { TokenClaims } from './token-claims.js';
export { TOKEN_HEADERS } from './token-headers.js';

export type AuthResult =
  | { readonly kind: 'granted'; readonly claims: TokenClaims }
  | { readonly kind: 'refused'; readonly statusCode: 401 | 403 | 500; readonly message: string };

// The texts of the original. They are constant: nothing that a caller sent comes back in one.
const NO_TOKEN = refusal(401, 'Unauthorized');
const NOT_VALID = refusal(401, 'authorization token not valid');
const NOT_ALLOWED = refusal(403, 'Forbidden');
const NOT_SET_UP = refusal(500, 'function runtime not setup correctly');
const NO_CLAIMS: AuthResult = Object.freeze({ kind: 'granted', claims: Object.freeze({}) });

/** Decides who may invoke the function over HTTP (contract, section 6). */
@Injectable()
export class Authenticator implements OnModuleInit {
  /** `SCW_PUBLIC` is exactly `true`: everyone may, and no token is looked at. */
  readonly isPublic: boolean;
  private readonly logger = new Logger('Auth');
  private verifier: TokenVerifier | undefined;
  private whyNot: string | undefined;

  constructor(private readonly config: AuthConfig) {
    this.isPublic = config.public === 'true';
  }

  /**
   * Why no token can be verified, and what to do: the key is missing or unusable. `undefined` if all is well or the
   * function is public. Known after `onModuleInit`.
   */
  get problem(): string | undefined {
    return this.whyNot;
  }

  async onModuleInit(): Promise<void> {
    if (this.isPublic) return;
    const result = await readPublicKey(this.config.publicKey);
    if ('key' in result) this.verifier = new TokenVerifier(result.key);
    else this.whyNot = result.problem;
  }

  /** Says in the log what keeps callers out, once; for the trigger that they come through. */
  announce(): void {
    if (this.isPublic) return;
    if (this.whyNot) this.logger.error(this.whyNot);
    for (const doubt of doubtsOf(this.config)) this.logger.warn(doubt);
  }

  /**
   * Whether the bearer of a token may invoke the function. `token` is the value of the first of `TOKEN_HEADERS` that is
   * present; an empty one is none, as in the original. Never rejects.
   */
  async authenticate(token: string | undefined): Promise<AuthResult> {
    if (this.isPublic) return NO_CLAIMS;
    if (token === undefined || token === '') return NO_TOKEN;
    if (!this.verifier) return NOT_SET_UP;
    const verified = await this.verifier.verify(token);
    if (!verified || !isInTime(verified, Date.now())) return NOT_VALID;
    return this.isMeantForUs(verified) ? { kind: 'granted', claims: verified.claims } : NOT_ALLOWED;
  }

  /**
   * A token that names an application must name this one; only one that names none is good for the namespace. Both of
   * our identifiers must be known, as in the original, else an empty one could equal an absent one.
   */
  private isMeantForUs({ applicationId, namespaceId }: VerifiedToken): boolean {
    const ours = this.config;
    if (!ours.applicationId || !ours.namespaceId) return false;
    return applicationId === '' ? namespaceId === ours.namespaceId : applicationId === ours.applicationId;
  }
}

function refusal(statusCode: 401 | 403 | 500, message: string): AuthResult {
  return Object.freeze({ kind: 'refused', statusCode, message });
}

/** What makes a private function answer otherwise than its owner probably means. */
function doubtsOf({ public: opened, applicationId, namespaceId }: AuthConfig): string[] {
  const doubts: string[] = [];
  if (opened !== 'false') {
    doubts.push('SCW_PUBLIC is neither true nor false. Only exactly true opens the function, so it is private.');
  }
  const missing = [applicationId ? '' : 'SCW_APPLICATION_ID', namespaceId ? '' : 'SCW_NAMESPACE_ID'].filter(Boolean);
  if (missing.length > 0) {
    doubts.push(
      `${missing.join(' and ')} not set, so every valid token is answered 403. ` +
        'Set both, or SCW_PUBLIC=true to open the function to everyone.',
    );
  }
  return doubts;
}
