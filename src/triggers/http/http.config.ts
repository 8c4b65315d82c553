import { Matches } from 'class-validator';
import type { ConfigFindings, ConfigRule, TriggerKind } from '../../config/config-schema.js';
import type { Named } from '../../config/host-config.js';
import type { ListenPlace } from '../../config/listen-place.js';
import { Flag, Milliseconds, Port, Text, Whole } from '../../config/variable.decorator.js';
import { isNatsConfigured, NatsConnectionConfig } from '../../nats/nats-connection.config.js';
import { overlaps, PUBLISH_SUBJECT } from '../../nats/nats-subject.js';
import { invocationsStream } from '../../nats/own-streams.js';

/** A single header of 8 kB and a URL of 8 kB always work, so the limit of all of them cannot be lower than this. */
const LOWEST_MAX_HEADER_SIZE = 20_480;

/** The HTTP trigger: one for a host. */
export class HttpTriggerConfig implements Named {
  name = 'http';

  @Flag('TRIGGER_HTTP_ENABLED', { description: 'Whether HTTP requests reach the function' })
  enabled = true;

  @Port('PORT', { description: 'Port of the HTTP trigger' })
  port = 8080;

  @Text('TRIGGER_HTTP_HOST', { description: 'Address that the HTTP trigger listens on; by default all' })
  host = '::';

  @Whole('SCW_PAYLOAD_MAX_SIZE', { description: 'Largest body of a request', unit: 'bytes', min: 0, max: 536_870_888 })
  payloadMaxSize = 6_291_456;

  @Milliseconds('TRIGGER_HTTP_HEADERS_TIMEOUT_MS', { description: "A client's time for its headers" })
  headersTimeoutMs = 30_000;

  @Milliseconds('TRIGGER_HTTP_REQUEST_TIMEOUT_MS', {
    description: "A client's time for its whole request; and how long it may take nothing of its answer",
  })
  requestTimeoutMs = 120_000;

  @Milliseconds('TRIGGER_HTTP_KEEP_ALIVE_TIMEOUT_MS', { description: "A client's time between two requests" })
  keepAliveTimeoutMs = 72_000;

  @Whole('TRIGGER_HTTP_MAX_HEADER_SIZE', {
    description: 'Largest head of a request: all headers and the URL',
    unit: 'bytes',
    min: LOWEST_MAX_HEADER_SIZE,
    max: 16_777_216,
  })
  maxHeaderSize = 65_536;

  @Flag('TRIGGER_HTTP_ASYNC', {
    description: 'Requests with Prefer: respond-async are stored in NATS, answered with 202, and run at least once',
  })
  async = false;

  @Text('TRIGGER_HTTP_RESULT_SUBJECT', {
    description: 'NATS subject to which each outcome of a queued invocation is published',
  })
  @Matches(PUBLISH_SUBJECT, { message: 'a subject without wildcards, such as orders.results' })
  resultSubject?: string;

  @Whole('TRIGGER_HTTP_MAX_IN_FLIGHT', { description: 'Invocations of this trigger at once', min: 1, max: 1_000_000 })
  maxInFlight?: number;

  @Text('TRIGGER_HTTP_HANDLER', { description: 'Exported function for this trigger; SCW_HANDLER_NAME by default' })
  handler?: string;

  @Flag('SCW_ALLOW_FAVICON', { description: 'Requests for /favicon.ico reach the function, too' })
  allowFavicon = false;
}

export function httpPlace({ port, host }: HttpTriggerConfig): ListenPlace {
  return { port, host, portVariable: 'PORT', hostVariable: 'TRIGGER_HTTP_HOST' };
}

export const httpTriggerKind: TriggerKind<HttpTriggerConfig> = {
  type: 'http',
  configClass: HttpTriggerConfig,
  single: true,
  isConfigured: () => true,
};

export const httpRule: ConfigRule = (config, findings) => {
  const hasServer = isNatsConfigured(config.get(NatsConnectionConfig));
  for (const http of config.triggersOf(HttpTriggerConfig)) {
    checkQueue(http, hasServer, findings);
    // The request's time includes that of its headers.
    if (http.headersTimeoutMs > http.requestTimeoutMs) {
      findings.warning(
        `TRIGGER_HTTP_HEADERS_TIMEOUT_MS ${http.headersTimeoutMs} is beyond TRIGGER_HTTP_REQUEST_TIMEOUT_MS ` +
          `${http.requestTimeoutMs}, which ends the request first.`,
      );
    }
  }
};

const SERVER_NEEDED = 'expected TRIGGER_NATS_URL beside it, but it is not set';

function checkQueue({ async, resultSubject }: HttpTriggerConfig, hasServer: boolean, findings: ConfigFindings): void {
  if (async && !hasServer) findings.issue('TRIGGER_HTTP_ASYNC', SERVER_NEEDED);
  if (resultSubject === undefined) return;
  if (!hasServer) findings.issue('TRIGGER_HTTP_RESULT_SUBJECT', SERVER_NEEDED);
  if (!async) findings.warning('TRIGGER_HTTP_RESULT_SUBJECT means nothing where TRIGGER_HTTP_ASYNC is not true.');
  // Each result would be a queued invocation, for ever.
  if (invocationsStream.subjects.some((subject) => overlaps(subject, resultSubject))) {
    findings.issue(
      'TRIGGER_HTTP_RESULT_SUBJECT',
      `expected a subject outside the queue itself, got ${JSON.stringify(resultSubject)}`,
    );
  }
}
