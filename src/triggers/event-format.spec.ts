import { describe, expect, it } from 'vitest';
import type { CloudEvent } from './cloud-event.js';
import { type CloudEventAttributes, type EventFormat, formatEvent } from './event-format.js';

const attributes: CloudEventAttributes = {
  id: 'ORDERS-7',
  source: '/shop/orders',
  type: 'tributary.nats.message',
  time: '2026-11-22T10:00:00.000Z',
  subject: 'orders.new',
};

function format(name: EventFormat, body: string | Buffer, more: Partial<CloudEventAttributes> = {}): unknown {
  return formatEvent(name, {
    proxy: { resource: 'nats' },
    body: Buffer.from(body),
    cloudEvent: { ...attributes, ...more },
  });
}

const binary = Buffer.from([0xff, 0xfe, 0x00]);

describe('event format', () => {
  it('section 3: scaleway is the proxy event as it is', () => {
    expect(format('scaleway', 'text')).toEqual({ resource: 'nats' });
  });

  describe('section 3: raw', () => {
    it('is the body alone, as a string', () => {
      expect(format('raw', '{"a":1}')).toBe('{"a":1}');
      expect(format('raw', '')).toBe('');
    });

    it('is base64 where the body is no UTF-8', () => {
      expect(format('raw', binary)).toBe('//4A');
    });
  });

  describe('section 3: cloudevents', () => {
    it('has the context attributes of CloudEvents 1.0', () => {
      expect(format('cloudevents', '')).toEqual({
        specversion: '1.0',
        id: 'ORDERS-7',
        source: '/shop/orders',
        type: 'tributary.nats.message',
        time: '2026-11-22T10:00:00.000Z',
        subject: 'orders.new',
      });
    });

    it('is the CloudEvent that came, where one came', () => {
      const received: CloudEvent = { specversion: '1.0', id: '1', source: '/s', type: 't' };
      const event = { proxy: {}, body: Buffer.from('{}'), cloudEvent: attributes, received };
      expect(formatEvent('cloudevents', event)).toBe(received);
      expect(formatEvent('scaleway', event)).toBe(event.proxy);
      expect(formatEvent('raw', event)).toBe('{}');
    });

    it('has no subject where the source has none', () => {
      expect(format('cloudevents', '', { subject: undefined })).not.toHaveProperty('subject');
    });

    it.each([
      ['application/json', '{"a":[1]}', { a: [1] }],
      ['application/json; charset=utf-8', '"text"', 'text'],
      ['application/problem+json', 'null', null],
      ['TEXT/JSON', '42', 42],
    ])('gives a body of %s as a JSON value', (dataContentType, body, data) => {
      expect(format('cloudevents', body, { dataContentType })).toMatchObject({
        datacontenttype: dataContentType,
        data,
      });
    });

    it('gives a body that is not the JSON it claims to be in base64', () => {
      const event = format('cloudevents', '{"a":', { dataContentType: 'application/json' });
      expect(event).toMatchObject({ datacontenttype: 'application/json', data_base64: 'eyJhIjo=' });
      expect(event).not.toHaveProperty('data');
    });

    it('gives other text as a string, also where it looks like JSON', () => {
      const event = format('cloudevents', '{"a":1}', { dataContentType: 'text/plain' });
      expect(event).toMatchObject({ datacontenttype: 'text/plain', data: '{"a":1}' });
    });

    it('gives what is no UTF-8 in base64', () => {
      const event = format('cloudevents', binary, { dataContentType: 'image/png' });
      expect(event).toMatchObject({ datacontenttype: 'image/png', data_base64: '//4A' });
    });

    it.each([
      ['{"a":1}', { datacontenttype: 'application/json', data: { a: 1 } }],
      ['hello', { datacontenttype: 'text/plain; charset=utf-8', data: 'hello' }],
      [binary, { datacontenttype: 'application/octet-stream', data_base64: '//4A' }],
    ])('finds the type out where the source gave none', (body, expected) => {
      expect(format('cloudevents', body)).toMatchObject(expected);
    });
  });
});
