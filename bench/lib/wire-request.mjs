import { isUtf8 } from 'node:buffer';
import { inProject } from '../../scripts/lib/root.mjs';

/** The handler that every sub-runtime of the bench runs. */
export const HANDLER = inProject('bench/handlers/handler.mjs');

const DEADLINE_MS = 300_000;

/**
 * The body of a request to a sub-runtime for an HTTP request: the same members, about as long, as the host makes it
 * (docs/wire-protocol.md). Straightforward code: it is what the bare server runs for every request.
 *
 * @param {object} request
 * @param {string} request.method
 * @param {string} request.path
 * @param {readonly string[]} request.rawHeaders Names and values, alternating.
 * @param {Record<string, string | string[]>} request.query
 * @param {Buffer} request.body
 * @param {string} request.requestId
 * @param {string} request.sourceIp
 */
export function wireRequest({ method, path, rawHeaders, query, body, requestId, sourceIp }) {
  const now = Date.now();
  const { single: headers, multi: multiValueHeaders } = headersOf(rawHeaders);
  const { single: queryStringParameters, multi: multiValueQueryStringParameters } = queryOf(query);
  const { text, isBase64Encoded } = textOf(body);
  const event = {
    resource: 'http',
    path,
    httpMethod: method,
    headers,
    multiValueHeaders,
    queryStringParameters,
    multiValueQueryStringParameters,
    pathParameters: {},
    stageVariables: {},
    body: text,
    isBase64Encoded,
    requestContext: {
      eventType: 'http',
      triggerName: 'http',
      requestId,
      accountId: '',
      resourceId: '',
      resourcePath: '',
      apiId: '',
      stage: '',
      httpMethod: method,
      path,
      requestTimeEpoch: now,
      identity: { sourceIp, userAgent: headers['User-Agent'] ?? '' },
    },
  };
  const deadline = now + DEADLINE_MS;
  const context = {
    memoryLimitInMb: 128,
    memoryInMb: 128,
    functionName: '',
    functionVersion: '',
    requestId,
    deadline,
    attempt: 1,
  };
  return JSON.stringify({ event, context, handlerName: 'handle', handlerPath: HANDLER });
}

function headersOf(rawHeaders) {
  const single = {};
  const multi = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    single[name] = rawHeaders[i + 1];
    (multi[name] ??= []).push(rawHeaders[i + 1]);
  }
  return { single, multi };
}

function queryOf(query) {
  const single = {};
  const multi = {};
  for (const [name, values] of Object.entries(query)) {
    multi[name] = [values].flat();
    single[name] = multi[name].at(-1);
  }
  return { single, multi };
}

function textOf(body) {
  const isText = isUtf8(body);
  return { text: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
