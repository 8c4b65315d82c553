import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InvocationOutcome } from '../invocation/invocation-outcome.js';
import type { TraceContext } from '../invocation/trace-context.js';
import type { MessageHeaders } from '../nats/message-headers.js';
import type { JetStreamClient } from '../nats/jetstream.client.js';
import type { NatsClient } from '../nats/nats.client.js';
import { ResultPublisher } from './result.publisher.js';

const success: InvocationOutcome = {
  kind: 'succeeded',
  response: { statusCode: 201, headers: ['Content-Type', 'text/plain', 'Nats-Rollup', 'all'], body: 'done' },
};

let warnings: string[];
beforeEach(() => {
  warnings = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => vi.restoreAllMocks());

function published(
  outcome: InvocationOutcome,
  client: { publish?: () => boolean; maxPayload?: number } = {},
  trace: Partial<TraceContext> = {},
) {
  const messages: [string, string | Uint8Array, MessageHeaders][] = [];
  const publish = (...message: [string, string | Uint8Array, MessageHeaders]) => messages.push(message) > 0;
  const publisher = new ResultPublisher(
    { maxPayload: 1_000, publish, ...client } as unknown as NatsClient,
    {} as JetStreamClient,
  );
  publisher.publish('results', { ...trace, requestId: 'request-1', payload: {}, attempt: 1 }, outcome);
  return messages;
}

describe('section 1: RESULT_SUBJECT', () => {
  it('gets the body of a result, and Status and Tributary-Request-Id alone', () => {
    const headers = [
      ['Status', '201'],
      ['Tributary-Request-Id', 'request-1'],
    ];
    expect(published(success)).toEqual([['results', 'done', headers]]);
  });

  it('gets the trace of the run', () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1' };
    const [message] = published(success, {}, trace);
    expect(message?.[2].slice(2)).toEqual(Object.entries(trace));
  });

  it('gets failures, too', () => {
    const [message] = published({ kind: 'timed-out' });
    expect(message?.[1]).toBe('The function did not answer in time.');
    expect(message?.[2]).toContainEqual(['Status', '504']);
  });

  it('gets a failure in place of a result over max_payload', () => {
    const [message] = published(success, { maxPayload: 50 });
    expect(message?.[1]).toBe("The result is over the NATS server's max_payload of 50 bytes.");
    expect(message?.[2]).toContainEqual(['Status', '502']);
  });

  it('is safe once for the request, or for what else it is said to be once for', async () => {
    const ids: unknown[] = [];
    const jetStream = {
      manager: () => Promise.resolve({ streams: { names: () => ({ next: () => Promise.resolve(['RESULTS']) }) } }),
      publish: (...[, , , options]: unknown[]) => Promise.resolve(ids.push(options)),
    };
    const client = { maxPayload: 1_000 } as unknown as NatsClient;
    const publisher = new ResultPublisher(client, jetStream as unknown as JetStreamClient);
    const source = { applicationName: 'shop', triggerName: 'http', requestId: 'r' };
    await publisher.publishSafely('results', source, success);
    await publisher.publishSafely('results', { ...source, onceFor: 'QUEUE-7' }, success);
    expect(ids).toEqual([{ msgID: 'shop/http/r' }, { msgID: 'shop/http/QUEUE-7' }]);
  });

  it('never throws: what cannot be published is said', () => {
    published(success, { publish: () => false });
    const publish = () => {
      throw new Error('invalid subject');
    };
    published(success, { publish });
    expect(warnings).toEqual([
      'Results that could not be published: 1, the last one because there is no connection to NATS',
      'Results that could not be published: 1, the last one because invalid subject',
    ]);
  });
});
