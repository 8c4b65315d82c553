import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NO_SCHEMAS } from '../config/no-schemas.js';
import type { AdminGuard, Refusal } from './admin.guard.js';
import { isOpen } from './open.decorator.js';

/** A client's time for its headers, and for its whole request. */
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for clients whose time is over. */
const TIMEOUT_CHECK_MS = 1_000;
/** Criteria in JSON are all that is sent here. */
const MAX_BODY_SIZE = 65_536;

/**
 * What every answer bears. Pages of other origins can neither embed it (CSP, Fetch's `Cross-Origin-Resource-Policy`) nor
 * guess what it is, and nobody on the way keeps it.
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** The server of the admin port: bounded in time and size, JSON alone, and nothing read of a request that is refused. */
export class AdminHttp {
  readonly adapter: FastifyAdapter;
  private guard: AdminGuard | undefined;

  constructor() {
    this.adapter = new FastifyAdapter({
      bodyLimit: MAX_BODY_SIZE,
      forceCloseConnections: true,
      frameworkErrors: ({ statusCode = 400 }: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
        this.answerUnroutable(statusCode, request, reply),
      http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
      requestTimeout: REQUEST_TIMEOUT_MS,
      schemaController: NO_SCHEMAS,
    });
    const server = this.adapter.getInstance<FastifyInstance>();
    // A form of any page can be sent as text/plain without asking (CORS, simple requests).
    server.removeContentTypeParser('text/plain');
  }

  /** Asks a guard before anything else, also where there is no route. */
  guardBy(guard: AdminGuard): void {
    this.guard = guard;
    const server = this.adapter.getInstance<FastifyInstance>();
    server.addHook('onRequest', async (request, reply) => {
      void reply.headers(HEADERS);
      const refusal = isOpen(request.routeOptions.config) ? undefined : guard.refusalOf(request.raw);
      return refusal && refuse(reply, refusal);
    });
  }

  /** A path that cannot be decoded or is too long: no hook is called for it. */
  private answerUnroutable(statusCode: number, request: FastifyRequest, reply: FastifyReply): void {
    void reply.headers(HEADERS);
    const refusal = this.guard?.refusalOf(request.raw);
    if (refusal) refuse(reply, refusal);
    else void reply.code(statusCode).send({ statusCode, message: 'The path of the request cannot be read' });
  }
}

function refuse(reply: FastifyReply, { statusCode, message, headers }: Refusal): FastifyReply {
  return reply.code(statusCode).headers(headers).send({ statusCode, message });
}
