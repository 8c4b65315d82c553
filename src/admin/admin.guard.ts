import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { GuessLimiter, MAX_GUESSES } from './guess-limiter.js';
import { whyNotLocal } from './local-request.js';

/** Injects the token, or `undefined`. */
export const ADMIN_TOKEN = Symbol('ADMIN_TOKEN');

/** The answer to whoever may not use the API. It is the same for everything that he may ask for. */
export interface Refusal {
  readonly statusCode: 401 | 403 | 429;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Who may use the admin port (contract, section 10): whoever has the token, unless too many wrong ones came from his
 * address; where none is configured, whoever works on this machine, but no page of another origin in a browser that runs
 * on it.
 *
 * Not one of Nest's guards, which are asked only once a route is found and the body has been read.
 */
@Injectable()
export class AdminGuard {
  private readonly expected: Buffer | undefined;
  private readonly limiter = new GuessLimiter();
  private readonly logger = new Logger('Admin');

  constructor(@Inject(ADMIN_TOKEN) token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /** Why a request is refused, `undefined` where it is not. Counts a wrong token. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    if (this.expected) return this.refusalOfToken(request, this.expected);
    const problem = whyNotLocal(request);
    return problem === undefined ? undefined : forbidden(problem);
  }

  private refusalOfToken(request: IncomingMessage, expected: Buffer): Refusal | undefined {
    const token = tokenOf(request);
    if (token === undefined) return unauthorized('Bearer');
    const address = request.socket.remoteAddress ?? '';
    const lockedMs = this.limiter.lockedFor(address);
    if (lockedMs > 0) return tooMany(lockedMs);
    // Digests have one length, so that the time tells neither the token's nor where a guess went wrong.
    if (timingSafeEqual(digest(token), expected)) return undefined;
    if (this.limiter.addWrong(address)) {
      this.logger.warn(`${MAX_GUESSES} wrong tokens came from ${address}: none from there is looked at for a while`);
    }
    return unauthorized('Bearer error="invalid_token"');
  }
}

/** RFC 6750, section 2.1. Which of two headers counts would depend on who reads them: neither does. */
function tokenOf({ headersDistinct: { authorization } }: IncomingMessage): string | undefined {
  return authorization?.length === 1 ? /^Bearer +([^ ]+) *$/i.exec(authorization[0] ?? '')?.[1] : undefined;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(challenge: string): Refusal {
  const message = 'The header "Authorization: Bearer ..." with ADMIN_TOKEN is required';
  return { statusCode: 401, message, headers: { 'WWW-Authenticate': challenge } };
}

function forbidden(problem: string): Refusal {
  return { statusCode: 403, message: `${problem}; without ADMIN_TOKEN only this machine may use this`, headers: {} };
}

function tooMany(lockedMs: number): Refusal {
  const headers = { 'Retry-After': String(Math.ceil(lockedMs / 1_000)) };
  return { statusCode: 429, message: 'Too many wrong tokens came from this address', headers };
}
