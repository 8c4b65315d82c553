import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NatsMessage, readHeaders, toNatsEvent } from './nats.event.js';

function eventOf(more: Partial<NatsMessage> = {}, context = { triggerName: 'orders', queue: 'shop' }) {
  const message: NatsMessage = {
    subject: 'orders.new',
    reply: '_INBOX.1',
    headers: [],
    data: Buffer.from('hello'),
    receivedAt: 1_700_000_000_000,
    ...more,
  };
  return toNatsEvent(message, readHeaders(message.headers), 'request-1', context);
}

describe('section 3: the event of a NATS message', () => {
  it('has every field of the proxy event, and nats', () => {
    expect(JSON.parse(JSON.stringify(eventOf()))).toEqual({
      resource: 'nats',
      path: '/',
      httpMethod: 'POST',
      headers: {},
      multiValueHeaders: {},
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      pathParameters: {},
      stageVariables: {},
      body: 'hello',
      isBase64Encoded: false,
      requestContext: {
        eventType: 'nats',
        triggerName: 'orders',
        requestId: 'request-1',
        accountId: '',
        resourceId: '',
        resourcePath: '',
        apiId: '',
        stage: '',
        httpMethod: 'POST',
        path: '/',
        requestTimeEpoch: 1_700_000_000_000,
      },
      nats: { subject: 'orders.new', reply: '_INBOX.1', queue: 'shop' },
    });
  });

  it('says by empty strings that no reply is expected and that there is no queue group', () => {
    expect(eventOf({ reply: '' }, { triggerName: 'orders', queue: '' }).nats).toMatchObject({ reply: '', queue: '' });
  });

  it("names headers in Go's canonical form, the last value counting", () => {
    const { headers, multiValueHeaders } = eventOf({
      headers: [
        ['content-type', ['text/plain']],
        ['ETag', ['1', '2']],
        ['etag', ['3']],
        ['not a token', ['x']],
      ],
    });
    expect({ ...headers }).toEqual({ 'Content-Type': 'text/plain', Etag: '3', 'not a token': 'x' });
    expect({ ...multiValueHeaders }).toEqual({
      'Content-Type': ['text/plain'],
      Etag: ['1', '2', '3'],
      'not a token': ['x'],
    });
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes a header called %s for a header', (name) => {
    const event = eventOf({ headers: [[name, ['evil']]] });
    const { headers } = JSON.parse(JSON.stringify(event)) as { headers: object };
    expect(Object.entries(headers)).toHaveLength(1);
    expect(Object.values(headers)).toEqual(['evil']);
    expect(({} as Record<string, unknown>)['evil']).toBeUndefined();
  });

  it('carries any bytes: UTF-8 as text, all else in base64', () => {
    expect(eventOf({ data: Buffer.from('grüße') })).toMatchObject({ body: 'grüße', isBase64Encoded: false });
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const { body, isBase64Encoded } = eventOf({ data: Buffer.from(bytes) });
        expect(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
