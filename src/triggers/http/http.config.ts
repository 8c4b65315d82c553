import type { ConfigRule, TriggerKind } from '../../config/config-schema.js';
import type { Named } from '../../config/host-config.js';
import { Flag, Milliseconds, Port, Text, Whole } from '../../config/variable.decorator.js';

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

  @Milliseconds('TRIGGER_HTTP_REQUEST_TIMEOUT_MS', { description: "A client's time for its whole request" })
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

  @Flag('TRIGGER_HTTP_ASYNC', { description: 'Queued invocations by Prefer: respond-async; not part of this version' })
  async = false;

  @Whole('TRIGGER_HTTP_MAX_IN_FLIGHT', { description: 'Invocations of this trigger at once', min: 1, max: 1_000_000 })
  maxInFlight?: number;

  @Text('TRIGGER_HTTP_HANDLER', { description: 'Exported function for this trigger; SCW_HANDLER_NAME by default' })
  handler?: string;

  @Flag('SCW_ALLOW_FAVICON', { description: 'Requests for /favicon.ico reach the function, too' })
  allowFavicon = false;
}

export const httpTriggerKind: TriggerKind<HttpTriggerConfig> = {
  type: 'http',
  configClass: HttpTriggerConfig,
  single: true,
  isConfigured: () => true,
};

/** The request's time includes that of its headers. */
export const httpRule: ConfigRule = (config, findings) => {
  for (const http of config.triggersOf(HttpTriggerConfig)) {
    if (http.async) {
      findings.issue(
        'TRIGGER_HTTP_ASYNC',
        'queued invocations are not part of this version; remove it or set it to false',
      );
    }
    if (http.headersTimeoutMs > http.requestTimeoutMs) {
      findings.warning(
        `TRIGGER_HTTP_HEADERS_TIMEOUT_MS ${http.headersTimeoutMs} is beyond TRIGGER_HTTP_REQUEST_TIMEOUT_MS ` +
          `${http.requestTimeoutMs}, which ends the request first.`,
      );
    }
  }
};
