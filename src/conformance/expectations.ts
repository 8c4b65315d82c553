import assert from 'node:assert/strict';
import type { HandlerResponse, InvocationOutcome } from '../invocation/invocation-outcome.js';

/** Default of `SCW_PAYLOAD_MAX_SIZE`. */
export const PAYLOAD_MAX_SIZE = 6_291_456;

/** An event as the HTTP trigger makes it, with a body. */
export function httpEvent(body: string, isBase64Encoded = false): Record<string, unknown> {
  return {
    resource: 'http',
    path: '/größe/a b',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'text/plain', Host: 'example.org', Etag: '"1"' },
    multiValueHeaders: { 'Content-Type': ['text/plain'], Host: ['example.org'], Etag: ['"1"'] },
    queryStringParameters: { name: 'Ada', empty: '' },
    multiValueQueryStringParameters: { name: ['Bob', 'Ada'], empty: [''] },
    pathParameters: {},
    stageVariables: {},
    body,
    isBase64Encoded,
    requestContext: {
      eventType: 'http',
      triggerName: 'http',
      requestId: 'conformance-1',
      accountId: '',
      resourceId: '',
      resourcePath: '',
      apiId: '',
      stage: '',
      httpMethod: 'POST',
      path: '/größe/a b',
      requestTimeEpoch: 1_700_000_000_000,
      identity: { sourceIp: '127.0.0.1', userAgent: 'conformance' },
    },
  };
}

/** The response of an outcome that must be a success. */
export function succeeded(outcome: InvocationOutcome): HandlerResponse {
  if (outcome.kind === 'succeeded') return outcome.response;
  throw new Error(`expected a success, got ${describeOutcome(outcome)}`);
}

/** The message of an outcome that must be a handler that threw. */
export function threw(outcome: InvocationOutcome): string {
  if (outcome.kind === 'failed' && outcome.failure === 'threw') return outcome.message;
  throw new Error(`expected status 500 with a message, got ${describeOutcome(outcome)}`);
}

function describeOutcome(outcome: InvocationOutcome): string {
  const text = JSON.stringify(outcome, (_key, value: unknown) => (isBytes(value) ? bufferText(value) : value));
  return text.slice(0, 500);
}

function isBytes(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}

function bufferText({ data }: { data: number[] }): string {
  return Buffer.from(data.slice(0, 200)).toString('latin1');
}

export function bodyText({ body }: HandlerResponse): string {
  return body.toString();
}

export function bodyBytes({ body }: HandlerResponse): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** All values of a header, in any case of its name. */
export function headerValues({ headers }: HandlerResponse, name: string): string[] {
  return headers.filter((_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name.toLowerCase());
}

/** `assert.equal`, for texts and bytes too long for a message. */
export function assertSame(actual: string | Buffer, expected: string | Buffer, what: string): void {
  const same = Buffer.from(actual).equals(Buffer.from(expected));
  assert.ok(same, `${what} came back changed: ${actual.length} instead of ${expected.length} long, or other content`);
}
