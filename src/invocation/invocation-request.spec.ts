import { describe, expect, it } from 'vitest';
import { requestBody, requestHeaders, requestSuffix, requestTemplate } from './invocation-request.js';

const template = requestTemplate({ applicationMemory: 128, applicationName: 'app', applicationVersion: '1' });
const suffix = requestSuffix('handle', '/app/handler.js');
const event = { requestId: 'r-1', attempt: 1 };

describe('section 4: the body of a request to the sub-runtime', () => {
  it('is the same where the body is base64 that needs no look', () => {
    const body = Buffer.from(Array.from({ length: 1_000 }, (_, index) => index % 256)).toString('base64');
    const query = { body: '', other: '"body":""' };
    const payload = { query, path: '/', body, isBase64Encoded: true, cloudEvent: { data_base64: body } };
    const looked = requestBody(template, suffix, { ...event, payload }, 5);
    expect(requestBody(template, suffix, { ...event, payload, hasBase64Body: true }, 5)).toBe(looked);
    expect(JSON.parse(looked)).toMatchObject({ event: payload, handlerName: 'handle' });
  });
});

describe('section 3: the headers of a request to the sub-runtime', () => {
  it('have the tracestate of the source where it gave one', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traced = { ...event, payload: {}, traceparent };
    expect(requestHeaders({ ...traced, tracestate: 'a=1,b=2' }, 5).slice(-2)).toEqual(['tracestate', 'a=1,b=2']);
    expect(requestHeaders(traced, 5)).not.toContain('tracestate');
  });
});
