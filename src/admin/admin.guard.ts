import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isLoopbackAddress, isLoopbackHost } from './loopback.js';
import { OPEN } from './open.decorator.js';

/** Injects the token, or `undefined`. */
export const ADMIN_TOKEN = Symbol('ADMIN_TOKEN');

/**
 * Who may use the admin port (contract, section 10): whoever has the token; where none is configured, whoever works on
 * this machine, but no page of another origin in a browser that runs on it.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor(
    @Inject(ADMIN_TOKEN) token: string | undefined,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(OPEN, [context.getHandler(), context.getClass()])) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>().raw;
    if (this.expected) this.requireToken(this.expected, request, http.getResponse<FastifyReply>());
    else requireLocal(request);
    return true;
  }

  private requireToken(expected: Buffer, request: IncomingMessage, reply: FastifyReply): void {
    const given = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests have one length, so that the time tells neither the token's nor where a guess went wrong.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    void reply.header('WWW-Authenticate', given === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
    throw new UnauthorizedException('The header "Authorization: Bearer ..." with ADMIN_TOKEN is required');
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function requireLocal(request: IncomingMessage): void {
  const problem = problemOf(request);
  if (problem) throw new ForbiddenException(`${problem}; without ADMIN_TOKEN only this machine may use this`);
}

/** Why a request is not one of somebody on this machine. */
function problemOf({ socket, headers }: IncomingMessage): string | undefined {
  if (!isLoopbackAddress(socket.remoteAddress)) return 'The client is not on this machine';
  // A proxy on this machine forwards what comes from elsewhere.
  if (headers['forwarded'] ?? headers['x-forwarded-for']) return 'The request was forwarded';
  if (!isLoopbackHost(headers.host)) return 'The Host header is not that of a loopback address';
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${headers.host?.toLowerCase()}`) {
    return 'The Origin is another one';
  }
  // Browsers name no origin where they only fetch an image or a script.
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : 'The page is of another site';
}
