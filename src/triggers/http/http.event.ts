import { isUtf8 } from 'node:buffer';
import { canonicalHeader } from '../canonical-header.js';
import { type CloudEvent, readCloudEvent } from '../cloud-event.js';
import { emptyMap } from '../empty-map.js';
import { parseQuery, type Target } from './http.target.js';
import { GATEWAY_CONTEXT, type GatewayContext } from '../gateway-context.js';

/** A complete, valid request. */
export interface HttpRequestParts {
  readonly method: string;
  readonly target: Target;
  /** Names and values as they came, alternating. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly triggerName: string;
  readonly receivedAt: number;
  /** Verified claims of the token, where one was asked for. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  /** Lower-case names that the function must not see: the tokens of a private function. */
  readonly hiddenHeaders: ReadonlySet<string>;
}

/** The event of an HTTP request; the package exports the same shape to handlers. */
export interface HttpEvent {
  readonly resource: 'http';
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Single;
  readonly multiValueHeaders: Multi;
  readonly queryStringParameters: Single;
  readonly multiValueQueryStringParameters: Multi;
  readonly pathParameters: Single;
  readonly stageVariables: Single;
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: GatewayContext & {
    readonly eventType: 'http';
    readonly triggerName: string;
    readonly requestId: string;
    readonly httpMethod: string;
    readonly path: string;
    readonly requestTimeEpoch: number;
    readonly authorizer?: { readonly claims: Readonly<Record<string, unknown>> };
    readonly identity: { readonly sourceIp: string; readonly userAgent: string };
  };
  /** Only where the request is one. */
  readonly cloudEvent?: CloudEvent;
}

/** The API-gateway proxy event of the original, for an HTTP request. Pure. */
export function toHttpEvent(request: HttpRequestParts): HttpEvent {
  const { headers, multiValueHeaders } = readHeaders(request);
  const { single, multi } = readQuery(request.target.query);
  const { path } = request.target;
  const isText = isUtf8(request.body);
  const event: HttpEvent = {
    resource: 'http',
    path,
    httpMethod: request.method,
    headers,
    multiValueHeaders,
    queryStringParameters: single,
    multiValueQueryStringParameters: multi,
    pathParameters: {},
    stageVariables: {},
    body: request.body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    requestContext: {
      eventType: 'http',
      triggerName: request.triggerName,
      requestId: request.requestId,
      ...GATEWAY_CONTEXT,
      httpMethod: request.method,
      path,
      requestTimeEpoch: request.receivedAt,
      ...(request.claims && { authorizer: { claims: request.claims } }),
      identity: { sourceIp: request.sourceIp, userAgent: headers['User-Agent'] ?? '' },
    },
  };
  const cloudEvent = readCloudEvent(headers, request.body);
  return cloudEvent ? { ...event, cloudEvent } : event;
}

type Single = Record<string, string>;
type Multi = Record<string, string[]>;

function readHeaders({ rawHeaders, hiddenHeaders, target }: HttpRequestParts): {
  headers: Single;
  multiValueHeaders: Multi;
} {
  const headers: Single = emptyMap();
  const multiValueHeaders: Multi = emptyMap();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (hiddenHeaders.size > 0 && hiddenHeaders.has(name.toLowerCase())) continue;
    append(headers, multiValueHeaders, canonicalHeader(name), rawHeaders[i + 1] as string);
  }
  if (target.authority !== undefined) {
    headers['Host'] = target.authority;
    multiValueHeaders['Host'] = [target.authority];
  }
  return { headers, multiValueHeaders };
}

function readQuery(query: string): { single: Single; multi: Multi } {
  const single: Single = emptyMap();
  const multi: Multi = emptyMap();
  for (const [name, value] of parseQuery(query)) append(single, multi, name, value);
  return { single, multi };
}

function append(single: Single, multi: Multi, name: string, value: string): void {
  single[name] = value;
  const values = multi[name];
  if (values) values.push(value);
  else multi[name] = [value];
}
