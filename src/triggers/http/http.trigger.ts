import { METHODS, type IncomingMessage, type ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Authenticator, TOKEN_HEADERS, type TokenClaims } from '../../auth/authenticator.js';
import { HostConfig } from '../../config/host-config.js';
import { HostError } from '../../errors.js';
import type { Figure } from '../../figures/figure.js';
import { type InvocationLane, InvocationService } from '../../invocation/invocation.service.js';
import { traceFrom } from '../../invocation/trace-context.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { saneRequestId } from '../../invocation/request-id.js';
import { limitConnections, roomForClients } from '../connection-limit.js';
import { type FireReport, fireEvent } from '../fire-report.js';
import type { Trigger, TriggerState } from '../trigger.js';
import { HttpTriggerConfig } from './http.config.js';
import { clientOf, HttpConnections, isEnding, markEnding } from './http.connections.js';
import { type HttpEvent, toHttpEvent } from './http.event.js';
import { toFiredRequest } from './http.fire.js';
import { prefersAsync } from './http.preference.js';
import { HttpQueue } from './http.queue.js';
import { type HttpAnswer, hostAnswer, toHttpAnswer, toSourceAnswer } from './http.response.js';
import { attachServerEvents, expectsContinue } from './http.server.js';
import { countHosts, isAuthority, parseTarget, type Target } from './http.target.js';
import { asksForUpgrade, hasBody, readBody, sendAnswer, sendEarlyAnswer } from './http.wire.js';

/** A request on its way in: what the steps before the event have found out. */
interface Incoming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly receivedAt: number;
  readonly target: Target;
  /** `mqtt`: the event is the body, formatted by its source. */
  readonly formatted: boolean;
  claims: TokenClaims | undefined;
}

/** CONNECT never reaches a route; Node hands it to an event of its own. */
const ROUTED_METHODS = METHODS.filter((method) => method !== 'CONNECT');

const NO_HEADERS: ReadonlySet<string> = new Set();

/** Turns requests into events and outcomes into answers, on one raw Fastify route. */
@Injectable()
export class HttpTrigger implements Trigger, OnModuleInit, BeforeApplicationShutdown {
  readonly type = 'http';
  private readonly logger = new Logger('Http');
  private readonly config: HttpTriggerConfig;
  private lane!: InvocationLane;
  private hiddenHeaders = NO_HEADERS;
  private connections: HttpConnections | undefined;
  private closing = false;

  constructor(
    config: HostConfig,
    private readonly invocations: InvocationService,
    private readonly authenticator: Authenticator,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    private readonly queue: HttpQueue,
  ) {
    this.config = config.triggersOf(HttpTriggerConfig)[0] ?? new HttpTriggerConfig();
  }

  get name(): string {
    return this.config.name;
  }

  get source(): string {
    return `port ${this.config.port}`;
  }

  get state(): TriggerState {
    if (!this.config.enabled) return { active: false, reason: 'TRIGGER_HTTP_ENABLED is false' };
    if (this.closing) return { active: false, reason: 'the host is shutting down' };
    const { problem } = this.authenticator;
    return problem ? { active: false, reason: problem } : { active: true };
  }

  figures(): readonly Figure[] {
    return this.queue.figures();
  }

  async fire(given: unknown): Promise<FireReport> {
    if (!this.config.enabled) throw new HostError('EVENT_REFUSED', 'TRIGGER_HTTP_ENABLED is false');
    const event = toFiredRequest(given, { triggerName: this.name, hiddenHeaders: this.hiddenHeaders });
    return fireEvent(event, () => this.invocations.invoke(this.lane, event));
  }

  onModuleInit(): void {
    if (!this.config.enabled) return;
    this.authenticator.announce();
    if (!this.authenticator.isPublic) this.hiddenHeaders = new Set(TOKEN_HEADERS);
    this.lane = this.invocations.openLane({
      triggerName: this.name,
      triggerType: 'http',
      maxInFlight: this.config.maxInFlight,
      handlerName: this.config.handler,
      whenUnavailable: 'refuse',
      whenOverloaded: 'refuse',
    });
    if (this.queue.isOffered) this.queue.open();
    const fastify = this.adapterHost.httpAdapter.getInstance<FastifyInstance>();
    attachServerEvents(fastify.server);
    limitConnections(fastify.server, roomForClients(this.invocations.maxInFlight), this.logger);
    this.connections = new HttpConnections(fastify.server, this.config.requestTimeoutMs);
    this.addRoute(fastify);
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    this.connections?.close();
  }

  /** In a scope of its own, so that nothing that is registered elsewhere runs on the way of an event. */
  private addRoute(fastify: FastifyInstance): void {
    for (const method of ROUTED_METHODS) {
      if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method, { hasBody: true });
    }
    void fastify.register((scope, _options, done) => {
      scope.route({
        method: ROUTED_METHODS,
        url: '/',
        exposeHeadRoute: false,
        onRequest: (request, reply) => {
          reply.hijack();
          this.receive(request.raw, reply.raw);
        },
        handler: () => undefined,
      });
      done();
    });
  }

  private receive(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): void {
    if (isEnding(request.socket)) return;
    if (asksForUpgrade(request)) markEnding(request.socket);
    const given = request.headers['x-request-id'];
    const requestId = saneRequestId(typeof given === 'string' ? given : undefined) ?? randomUUID();
    try {
      const refusal = this.refuseByForm(request, requestId);
      if (refusal) return this.refuse(request, response, refusal);
      const target = parseTarget(request.originalUrl ?? request.url ?? '/', request.method ?? '');
      if (!target) return this.refuse(request, response, hostAnswer(400, requestId));
      if (this.isUnwanted(target.path)) return this.refuse(request, response, hostAnswer(404, requestId));
      const formatted = request.headers['scw_trigger_type'] === 'mqtt';
      this.authenticate({ request, response, requestId, receivedAt: Date.now(), target, formatted, claims: undefined });
    } catch (error) {
      this.fail(response, requestId, error);
    }
  }

  /** What Node's parser lets through and RFC 9112 does not, and whatever cannot be taken now. */
  private refuseByForm(request: IncomingMessage, requestId: string): HttpAnswer | undefined {
    if (this.closing) return toHttpAnswer({ kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 }, requestId);
    if (request.httpVersionMajor !== 1) return hostAnswer(400, requestId);
    const coding = request.headers['transfer-encoding'];
    // RFC 9112, 6.1: what is coded otherwise cannot be decoded here, and HTTP/1.0 knows no coding.
    if (coding !== undefined && (request.httpVersionMinor === 0 || coding.toLowerCase() !== 'chunked')) {
      return hostAnswer(400, requestId);
    }
    const hosts = countHosts(request.rawHeaders);
    if (hosts === 1 && !isAuthority(request.headers.host ?? '')) return hostAnswer(400, requestId);
    return hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0) ? hostAnswer(400, requestId) : undefined;
  }

  /** As the original, which spares functions the two requests that browsers and crawlers send everywhere. */
  private isUnwanted(path: string): boolean {
    return path === '/robots.txt' || (path === '/favicon.ico' && !this.config.allowFavicon);
  }

  private authenticate(incoming: Incoming): void {
    if (this.authenticator.isPublic) return this.checkAndRead(incoming);
    const { request, response, requestId } = incoming;
    this.authenticator.authenticate(tokenOf(request)).then(
      (result) => {
        if (result.kind === 'refused') {
          return this.refuse(request, response, hostAnswer(result.statusCode, requestId, result.message));
        }
        incoming.claims = result.claims;
        return this.checkAndRead(incoming);
      },
      (error: unknown) => this.fail(response, requestId, error),
    );
  }

  private checkAndRead(incoming: Incoming): void {
    const { request, response, requestId } = incoming;
    const triggerType = request.headers['scw_trigger_type'];
    if (triggerType !== undefined && triggerType !== '' && !incoming.formatted) {
      const text = 'Trigger Type is not supported by Scaleway Functions Runtime';
      return this.refuse(request, response, hostAnswer(400, requestId, text));
    }
    if (Number(request.headers['content-length']) > this.config.payloadMaxSize) {
      return this.refuse(request, response, this.tooLarge(requestId));
    }
    if (expectsContinue(request)) response.writeContinue();
    readBody(request, this.config.payloadMaxSize, (read) => {
      if (read.kind === 'too-large') return this.refuse(request, response, this.tooLarge(requestId));
      try {
        return this.invoke(incoming, read.body);
      } catch (error) {
        return this.fail(response, requestId, error);
      }
    });
  }

  private tooLarge(requestId: string): HttpAnswer {
    return hostAnswer(413, requestId, `The body is over the limit of ${this.config.payloadMaxSize} bytes.`);
  }

  private invoke(incoming: Incoming, body: Buffer): void {
    const { request, response, requestId } = incoming;
    const payload = incoming.formatted ? body.toString('utf8') : this.toEvent(incoming, body);
    const { headers } = request;
    const trace = traceFrom(single(headers['traceparent']), single(headers['tracestate']));
    const event: TriggerEvent = {
      requestId,
      payload,
      hasBase64Body: typeof payload !== 'string' && payload.isBase64Encoded,
      attempt: 1,
      traceparent: trace.traceparent,
      tracestate: trace.tracestate,
      beginsTrace: trace.beginsTrace,
    };
    if (this.isToBeQueued(request)) return this.store(incoming, event);
    const onClose = () => this.invocations.withdraw(this.lane, event);
    const client = clientOf(response);
    client.once('close', onClose);
    this.invocations
      .invoke(this.lane, event)
      .then((outcome) => {
        client.off('close', onClose);
        const answer = incoming.formatted ? toSourceAnswer(outcome, requestId) : toHttpAnswer(outcome, requestId);
        sendAnswer(response, answer, this.closing);
      })
      .catch((error: unknown) => this.fail(response, requestId, error));
  }

  private isToBeQueued({ headers }: IncomingMessage): boolean {
    if (!this.config.async) return false;
    const prefer = single(headers['prefer']);
    return prefer !== undefined && prefersAsync(prefer);
  }

  /** A client that goes away meanwhile changes nothing. */
  private store({ response, requestId }: Incoming, event: TriggerEvent): void {
    this.queue
      .store(event)
      .then((answer) => sendAnswer(response, answer, this.closing))
      .catch((error: unknown) => this.fail(response, requestId, error));
  }

  private toEvent(incoming: Incoming, body: Buffer): HttpEvent {
    const { request, requestId, receivedAt, target, claims } = incoming;
    return toHttpEvent({
      method: request.method ?? 'GET',
      target,
      rawHeaders: request.rawHeaders,
      body,
      sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      requestId,
      triggerName: this.config.name,
      receivedAt,
      claims,
      hiddenHeaders: this.hiddenHeaders,
    });
  }

  /** Answers without invoking; what the client still sends is discarded. */
  private refuse(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
    if (request.complete || !hasBody(request)) {
      request.resume();
      sendAnswer(response, answer, this.closing || answer.statusCode === 400);
    } else {
      sendEarlyAnswer(request, response, answer);
    }
  }

  /** A bug: nothing of it is told to the client. */
  private fail(response: ServerResponse, requestId: string, error: unknown): void {
    this.logger.error({ message: 'A request failed inside the host; please report this', requestId, err: error });
    if (response.headersSent) response.destroy();
    else sendAnswer(response, hostAnswer(500, requestId, 'Internal error'), true);
  }
}

/** The value of the first token header that is there; one that stands twice is joined by Node and so is no token. */
function tokenOf({ headers }: IncomingMessage): string | undefined {
  for (const name of TOKEN_HEADERS) {
    const value = single(headers[name]);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
