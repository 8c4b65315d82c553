import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { randomUUID } from 'node:crypto';
import type { HttpTriggerConfig } from './http.config.js';
import { NO_SCHEMAS } from '../../config/no-schemas.js';
import { endAfterAnswers, isEnding, responseOn } from './http.connections.js';
import { hostAnswer } from './http.response.js';
import { sendEarlyAnswer, sendRawAnswer } from './http.wire.js';

/** Node looks for connections that are over their time at this interval. */
function checkingInterval(config: HttpTriggerConfig): number {
  return Math.max(50, Math.min(5_000, Math.floor(Math.min(config.headersTimeoutMs, config.requestTimeoutMs) / 4)));
}

/** Settings of Node's server. A missing `Host` is answered by the trigger, with the headers of every answer. */
export function nodeServerOptions(config: HttpTriggerConfig): ServerOptions {
  return {
    maxHeaderSize: config.maxHeaderSize,
    requireHostHeader: false,
    headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: checkingInterval(config),
  };
}

/**
 * Settings of Fastify for one raw route: every path is routed as `/`, so that no path can fail to be routed; the
 * trigger reads the target as it came.
 */
export function fastifyOptions(config: HttpTriggerConfig) {
  return {
    http: nodeServerOptions(config),
    keepAliveTimeout: config.keepAliveTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    rewriteUrl: () => '/',
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Duplex) => answerClientError(error, socket),
    forceCloseConnections: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 8_192 },
    schemaController: NO_SCHEMAS,
  };
}

const expectContinue = new WeakSet<IncomingMessage>();

/** Whether the client waits for `100 Continue` before it sends the body. */
export function expectsContinue(request: IncomingMessage): boolean {
  return expectContinue.has(request);
}

/** The events of Node's server that Fastify leaves alone. */
export function attachServerEvents(server: Server): void {
  // Headers beyond the default of 2000 would be dropped silently; their size is limited already.
  server.maxHeadersCount = 0;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expectContinue.add(request);
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    sendEarlyAnswer(request, response, hostAnswer(417, randomUUID()));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    if (responseOn(socket)) endAfterAnswers(socket as Socket);
    else sendRawAnswer(socket, hostAnswer(501, randomUUID()));
  });
}

/** Statuses for what Node's parser refuses; all else is 400. */
const STATUS_BY_CODE: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answering = responseOn(socket);
  if (answering?.req.complete && error.code !== 'ECONNRESET') {
    // The answers to the requests before it on the same connection come first, and are the last ones. Node goes on to say
    // that a request is late until its connection is closed.
    if (!isEnding(socket)) endAfterAnswers(socket as Socket);
    return;
  }
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (answering?.headersSent) {
    // It has been answered, perhaps a moment ago, and the answer is still to be sent.
    (socket as Socket).destroySoon();
    return;
  }
  const requestId = randomUUID();
  const status = STATUS_BY_CODE[error.code ?? ''] ?? 400;
  const text = status === 431 ? 'The headers are over the limit.' : undefined;
  sendRawAnswer(socket, hostAnswer(status, requestId, text));
}
