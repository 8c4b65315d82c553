import { headers } from '@nats-io/transport-node';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { Delivery } from '../durable/delivery.js';
import { NO_RECORD } from '../durable/delivery-record.js';
import { newTrace } from '../invocation/trace-context.js';
import type { TriggerEvent } from '../invocation/trigger-event.js';
import { QueuedInvocationSource } from './queued-invocation.source.js';
import { toQueuedMessage } from './queued-message.js';

const error = vi.fn();
const application = { applicationName: 'my shop', handlerName: 'handle' };
const source = new QueuedInvocationSource({ name: 'http' }, application, 1, { error });

function delivery(body: string | Buffer, pairs: readonly (readonly [string, string])[] = [], count = 1): Delivery {
  const encoded: MsgHdrs = headers();
  for (const [name, value] of pairs) encoded.append(name, value);
  const message = { subject: 's', data: Buffer.from(body), headers: encoded, reply: '$JS.ACK' } as unknown as Msg;
  const facts = { stream: 'Q', consumer: 'c', sequence: 7, deliveryCount: count, publishedAt: 0, pending: 0 };
  return new Delivery(message, facts);
}

/** As which run it comes: those before have failed. */
function stored(event: TriggerEvent, run = 1): Delivery {
  const { body, headers: pairs } = toQueuedMessage(event);
  const found = delivery(body, pairs, run);
  found.record = { ...NO_RECORD, settled: run - 1, failures: run - 1 };
  return found;
}

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('section 9: what is read back from the queue', () => {
  it.each([[{ body: 'é\ud800"\u2028', n: [1, null, { __proto__: null }] }], ['a text'], ['']])(
    'is the event that was stored: %j',
    (payload) => {
      const event = { requestId: 'order-1', payload, attempt: 1, traceparent, tracestate: 'a=1,b=2' };
      expect(source.judge(stored(event, 3))).toEqual({
        kind: 'run',
        event: { ...event, attempt: 3, startBy: Number.POSITIVE_INFINITY },
        isLast: false,
      });
    },
  );

  it('keeps headers of a request that are called __proto__', () => {
    const payload = JSON.parse('{"headers":{"__proto__":"x"}}') as object;
    const verdict = source.judge(stored({ requestId: 'r', payload, attempt: 1 }));
    expect(JSON.stringify(verdict)).toContain('{"__proto__":"x"}');
  });

  it('has one trace over all its deliveries where the request had none', () => {
    const request = { ...newTrace(), requestId: 'r', payload: {}, attempt: 1 };
    const traces = [1, 2].map((run) => {
      const verdict = source.judge(stored(request, run));
      return verdict.kind === 'run' && [verdict.event.traceparent, verdict.event.beginsTrace];
    });
    expect(traces[0]).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/), true]);
    expect(traces[1]).toEqual(traces[0]);
  });

  it('is called by the id that the client was given', () => {
    expect(source.requestIdOf(stored({ requestId: 'order-1', payload: {}, attempt: 1 }))).toBe('order-1');
  });

  it.each([[[]], [[['Tributary-Request-Id', 'not sane']]], [[['Tributary-Request-Id', '']]]] as const)(
    'has the id of its message where it has none that is sane: %j',
    (pairs) => {
      const found = delivery('{}', [...pairs, ['traceparent', 'nonsense']]);
      expect(source.requestIdOf(found)).toBeUndefined();
      expect(source.judge(found)).toMatchObject({ event: { requestId: 'Q-7', beginsTrace: true } });
    },
  );

  it('can have headers that cannot be read', () => {
    const message = {
      subject: 's',
      data: Buffer.from('{}'),
      get headers(): MsgHdrs {
        throw new Error('invalid name');
      },
    } as unknown as Msg;
    const { facts } = delivery('');
    expect(source.judge(new Delivery(message, facts))).toMatchObject({ kind: 'run', event: { requestId: 'Q-7' } });
  });

  it.each(['', 'garbage', '{"a":', '42', 'null', 'true', Buffer.from([0xff, 0x00])])('is unreadable: %s', (body) => {
    expect(source.judge(delivery(body))).toMatchObject({ kind: 'give-up', reason: 'unreadable' });
  });

  it('is given up where its fifth run died with its host', () => {
    const event = { requestId: 'r', payload: {}, attempt: 1 };
    expect(source.judge(stored(event, 5))).toMatchObject({ kind: 'run' });
    expect(source.judge(stored(event, 6))).toMatchObject({ kind: 'give-up', reason: 'host died' });
  });
});

describe('section 9: the consumer of queued invocations', () => {
  it('takes what is of its trigger, with the defaults of a durable trigger', () => {
    expect(source.consumer).toMatchObject({
      stream: 'TRIBUTARY_INVOCATIONS',
      durable: 'my-shop=http',
      filterSubjects: ['tributary.invocation.my-shop.http'],
      ackWaitMs: 30_000,
      maxAckPending: 10_000,
      begin: 'all',
      mayUpdate: true,
    });
    expect(source.deadLetterSubject).toBe('tributary.dead.my-shop.http');
  });

  it('waits where requests are refused, and calls the function of its trigger', () => {
    const other = new QueuedInvocationSource({ name: 'http', handler: 'other' }, application, 1, { error });
    expect(other.lane).toEqual({
      triggerName: 'http',
      triggerType: 'http',
      handlerName: 'other',
      whenUnavailable: 'wait',
      whenOverloaded: 'wait',
    });
    expect([source.handlerName, other.handlerName]).toEqual(['handle', 'other']);
  });

  it('says what became a dead letter, by the id that the client was given', () => {
    const found = stored({ requestId: 'order-1', payload: {}, attempt: 1 });
    source.onEnd(found, { kind: 'acknowledged' });
    expect(error).not.toHaveBeenCalled();
    source.onEnd(found, { kind: 'given-up', reason: 'rejected', error: undefined });
    expect(error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ requestId: 'order-1', trigger: 'http' }));
  });
});
