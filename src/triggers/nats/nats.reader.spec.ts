import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { EventFormat } from '../event-format.js';
import type { NatsEvent } from './nats.event.js';
import { NatsReader } from './nats.reader.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function read(given: Record<string, string> | (() => MsgHdrs), data = 'hello', format: EventFormat = 'scaleway') {
  const warnings: string[] = [];
  const reader = new NatsReader({
    context: { triggerName: 'orders', queue: 'shop' },
    applicationName: 'my shop',
    format,
    logger: { warn: (line: string) => warnings.push(line) },
  });
  const larger = Buffer.from(`before${data}after`);
  const message = {
    subject: 'orders.new',
    reply: undefined,
    data: larger.subarray(6, 6 + Buffer.byteLength(data)),
    get headers() {
      return typeof given === 'function' ? given() : headersOf(given);
    },
  } as unknown as Msg;
  return { event: reader.read(message), warnings };
}

function headersOf(given: Record<string, string>): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(given)) all.append(name, value);
  return all;
}

describe('section 3: reading a message', () => {
  it('takes the request id of a sane X-Request-Id', () => {
    const { event } = read({ 'x-request-id': 'order-17' });
    expect(event.requestId).toBe('order-17');
    expect((event.payload as NatsEvent).requestContext.requestId).toBe('order-17');
  });

  it.each([undefined, '', 'two words', 'x'.repeat(129)])('makes one where it is %j', (given) => {
    const { event } = read(given === undefined ? {} : { 'X-Request-Id': given });
    expect(event.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it('takes a valid traceparent, and no other', () => {
    expect(read({ traceparent: TRACEPARENT, TraceState: 'a=1' }).event).toMatchObject({
      traceparent: TRACEPARENT,
      tracestate: 'a=1',
    });
    const { event } = read({ Traceparent: '00-0-0-00', tracestate: 'a=1' });
    expect(event).toMatchObject({ traceparent: expect.stringMatching(/-00$/) as string, beginsTrace: true });
    expect(event.tracestate).toBeUndefined();
  });

  it('takes none of two, and joins what stands twice of a tracestate', () => {
    const twice = (name: string, ...values: string[]) =>
      read(() => {
        const all = headers();
        all.append('traceparent', TRACEPARENT);
        for (const value of values) all.append(name, value);
        return all;
      }).event;
    expect(twice('traceparent', TRACEPARENT).beginsTrace).toBe(true);
    expect(twice('Traceparent', TRACEPARENT).beginsTrace).toBe(true);
    expect(twice('tracestate', 'a=1', 'b=2').tracestate).toBe('a=1,b=2');
  });

  it('is the first attempt: core NATS delivers once', () => {
    expect(read({}).event.attempt).toBe(1);
  });

  it('reads the data of the message alone, out of a larger buffer', () => {
    expect((read({}).event.payload as NatsEvent).body).toBe('hello');
  });

  it('delivers a message whose headers break the rules without them, and says so', () => {
    const { event, warnings } = read(() => {
      throw new Error('invalid header');
    });
    expect((event.payload as NatsEvent).body).toBe('hello');
    expect({ ...(event.payload as NatsEvent).headers }).toEqual({});
    expect(warnings).toEqual([expect.stringContaining('invalid header')]);
  });

  it('has the attributes of a CloudEvent', () => {
    const { event } = read({ 'content-type': 'application/json', 'x-request-id': 'r-1' }, '{"a":1}', 'cloudevents');
    expect(event.payload).toEqual({
      specversion: '1.0',
      id: 'r-1',
      source: '/my%20shop/orders',
      type: 'tributary.nats.message',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      subject: 'orders.new',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });

  it('is the body alone in the format raw', () => {
    expect(read({}, 'hello', 'raw').event.payload).toBe('hello');
  });
});
