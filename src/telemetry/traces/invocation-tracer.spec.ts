import { describe, expect, it } from 'vitest';
import type { InvocationOutcome } from '../../invocation/invocation-outcome.js';
import type { TriggerEvent } from '../../invocation/trigger-event.js';
import { InvocationTracer } from './invocation-tracer.js';
import { toOtlpJson } from './otlp-json.js';
import { samplerOf } from './sampler.js';
import type { Span } from './span.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
const lane = { triggerName: 'orders', triggerType: 'nats', whenUnavailable: 'wait', whenOverloaded: 'wait' } as const;
const succeeded: InvocationOutcome = { kind: 'succeeded', response: { statusCode: 201, headers: [], body: 'secret' } };

function newTracer() {
  const spans: Span[] = [];
  const tracer = new InvocationTracer(samplerOf('parentbased_always_on', 1), (span) => spans.push(span));
  const start = (event: TriggerEvent) => tracer.onStarted({ lane, event, waitedMs: 0, worker: 0 });
  const settle = (event: TriggerEvent, outcome: InvocationOutcome = succeeded, began = true) =>
    tracer.onSettled({ lane, event, outcome, waitedMs: 5, ranMs: 7, began });
  return { spans, start, settle };
}

const newEvent = (trace: Partial<TriggerEvent> = { traceparent }): TriggerEvent => ({
  requestId: 'r',
  payload: { body: 'secret' },
  attempt: 1,
  ...trace,
});

describe('the span of an invocation', () => {
  it('is a child of the source, and the parent of what the function does', () => {
    const { spans, start, settle } = newTracer();
    const event = newEvent();
    start(event);
    const given = event.traceparent;
    settle(event);
    expect(spans[0]).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID });
    expect(given).toBe(`00-${TRACE_ID}-${spans[0]?.spanId}-01`);
    expect(event.traceparent).toBe(given);
  });

  it('is one where the request was sent anew', () => {
    const { spans, start, settle } = newTracer();
    const event = newEvent();
    start(event);
    const given = event.traceparent;
    start(event);
    expect(event.traceparent).toBe(given);
    settle(event);
    expect(spans).toHaveLength(1);
  });

  it('is another one, of the same parent, where the event runs again', () => {
    const { spans, start, settle } = newTracer();
    const event = newEvent();
    for (let run = 1; run <= 2; run++) {
      start(event);
      settle(event);
    }
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([PARENT_ID, PARENT_ID]);
    expect(spans[0]?.spanId).not.toBe(spans[1]?.spanId);
  });

  it('is there where it never began, without a dispatch', () => {
    const { spans, settle } = newTracer();
    const event = newEvent();
    settle(event, { kind: 'overloaded', retryAfterSeconds: 1 }, false);
    expect(spans[0]).toMatchObject({ dispatchedAt: undefined, end: { outcome: 'overloaded' } });
    expect((spans[0]?.endedAt ?? 0) - (spans[0]?.arrivedAt ?? 0)).toBe(5);
    expect(event.traceparent).toBe(`00-${TRACE_ID}-${spans[0]?.spanId}-01`);
  });

  it('is not there where the source does not record; its context stays', () => {
    const { spans, start, settle } = newTracer();
    const event = newEvent({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-02` });
    start(event);
    settle(event);
    expect([spans, event.traceparent]).toEqual([[], `00-${TRACE_ID}-${PARENT_ID}-02`]);
  });

  it.each([
    [{ traceparent: `00-${TRACE_ID}-${PARENT_ID}-00`, beginsTrace: true }, '', '01'],
    [{ traceparent: `00-${TRACE_ID}-${PARENT_ID}-03` }, PARENT_ID, '03'],
    [{ traceparent: `cc-${TRACE_ID}-${PARENT_ID}-ff-what-will-be` }, PARENT_ID, '03'],
  ])('of %j has the parent %j, and the flags %s', (trace, parentSpanId, flags) => {
    const { spans, start, settle } = newTracer();
    const event = newEvent(trace);
    start(event);
    settle(event);
    expect(spans[0]?.parentSpanId).toBe(parentSpanId);
    expect(event.traceparent).toBe(`00-${TRACE_ID}-${spans[0]?.spanId}-${flags}`);
  });
});

describe('the span over the wire', () => {
  it('is OTLP in JSON', () => {
    const span: Span = {
      traceId: TRACE_ID,
      spanId: PARENT_ID,
      parentSpanId: '00f067aa0ba902b7',
      traceState: 'a=1',
      triggerName: 'orders',
      triggerType: 'nats',
      requestId: 'r',
      attempt: 2,
      end: { outcome: 'failed', status: 503, error: 'why', errorType: '503' },
      arrivedAt: 1_795_376_954_000,
      dispatchedAt: 1_795_376_954_000.25,
      endedAt: 1_795_376_954_001.5,
    };
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    expect(JSON.parse(toOtlpJson({ 'service.name': 'shop' }, [span]))).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', 'shop')] },
          scopeSpans: [
            {
              scope: { name: 'tributary' },
              spans: [
                {
                  traceId: TRACE_ID,
                  spanId: PARENT_ID,
                  parentSpanId: '00f067aa0ba902b7',
                  traceState: 'a=1',
                  name: 'orders',
                  kind: 5,
                  startTimeUnixNano: '1795376954000000000',
                  endTimeUnixNano: '1795376954001500000',
                  attributes: [
                    text('faas.trigger', 'pubsub'),
                    text('faas.invocation_id', 'r'),
                    text('tributary.trigger', 'orders'),
                    text('tributary.outcome', 'failed'),
                    { key: 'tributary.attempt', value: { intValue: '2' } },
                    text('messaging.system', 'nats'),
                    { key: 'http.response.status_code', value: { intValue: '503' } },
                    text('error.type', '503'),
                  ],
                  events: [{ timeUnixNano: '1795376954000250000', name: 'dispatched' }],
                  status: { code: 2, message: 'why' },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each<[InvocationOutcome, string | undefined]>([
    [succeeded, undefined],
    [{ kind: 'rejected', response: { statusCode: 404, headers: [], body: 'secret' } }, undefined],
    [{ kind: 'failed', failure: 'threw', message: 'secret' }, 'threw'],
    [{ kind: 'failed', failure: 'malformed', message: 'secret' }, 'malformed'],
    [{ kind: 'failed', failure: 'connection-lost', message: 'secret' }, 'connection-lost'],
    [{ kind: 'timed-out' }, 'timed-out'],
    [{ kind: 'crashed', message: 'secret', alone: true }, 'crashed'],
    [{ kind: 'unavailable', reason: 'draining', retryAfterSeconds: 1 }, 'unavailable'],
    [{ kind: 'expired' }, 'expired'],
  ])('of %j tells the kind of error alone', (outcome, errorType) => {
    const { spans, start, settle } = newTracer();
    const event = newEvent();
    start(event);
    settle(event, outcome);
    expect(spans[0]?.end.errorType).toBe(errorType);
    const json = toOtlpJson({}, spans);
    expect(json.includes('"code":2')).toBe(errorType !== undefined);
    expect(json).not.toContain('secret');
  });
});
