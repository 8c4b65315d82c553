/**
 * The process of the bare contender: the JSON work of a host and nothing else. No limits, no deadlines, no log, no supervision, no
 * checks of what comes and goes.
 */
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Pool } from 'undici';
import { wireRequest } from '../lib/wire-request.mjs';

const { PORT, UPSTREAM_PORT } = process.env;
const MAX_BODY = 6 * 1_024 * 1_024;
const NOTHING = Buffer.alloc(0);

const pool = new Pool(`http://127.0.0.1:${UPSTREAM_PORT}`, { connections: null, pipelining: 1 });
const headers = ['content-type', 'application/json'];

/** Collects an answer of the sub-runtime and hands over its text. */
class Collector {
  constructor(onText, onError) {
    this.chunks = [];
    this.onText = onText;
    this.onError = onError;
  }
  onRequestStart() {
    // undici tells the current style of handler by this method.
  }
  onResponseStart() {
    // The status stands in the body.
  }
  onResponseData(_controller, chunk) {
    this.chunks.push(chunk);
  }
  onResponseEnd() {
    this.onText(Buffer.concat(this.chunks).toString('utf8'));
  }
  onResponseError(_controller, error) {
    this.onError(error);
  }
}

const server = Fastify({ logger: false, bodyLimit: MAX_BODY });
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

server.all('/*', (request, reply) => {
  const requestId = randomUUID();
  const sent = wireRequest({
    method: request.method,
    path: request.url.split('?', 1)[0],
    rawHeaders: request.raw.rawHeaders,
    query: request.query,
    body: request.body ?? NOTHING,
    requestId,
    sourceIp: request.ip,
  });
  const answer = (text) => {
    const { statusCode, headers, body, isBase64Encoded } = JSON.parse(text);
    reply.code(statusCode).headers(headers).header('X-Request-Id', requestId);
    reply.send(isBase64Encoded ? Buffer.from(body, 'base64') : body);
  };
  const fail = (error) => reply.code(502).send(error.message);
  pool.dispatch({ path: '/', method: 'POST', headers, body: sent }, new Collector(answer, fail));
});

await server.listen({ port: Number(PORT), host: '127.0.0.1' });
