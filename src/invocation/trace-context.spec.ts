import { describe, expect, it } from 'vitest';
import {
  givenTrace,
  newTrace,
  traceFrom,
  traceHeaders,
  traceOfIdentity,
  validTraceparent,
  validTracestate,
} from './trace-context.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const NEW = /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/;

describe('a traceparent', () => {
  it.each([
    TRACEPARENT,
    `00-${TRACE_ID}-${SPAN_ID}-ff`,
    `cc-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-x`,
  ])('is valid: %s', (value) => expect(validTraceparent(value)).toBe(value));

  it.each([
    '',
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `${TRACEPARENT}-x`,
    `${TRACEPARENT},${TRACEPARENT}`,
    `${TRACEPARENT}, ${TRACEPARENT}`,
    `${TRACEPARENT} `,
    `cc-${TRACE_ID}-${SPAN_ID}-01x`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-\r\nx: y`,
  ])('is not valid: %j', (value) => expect(validTraceparent(value)).toBeUndefined());
});

describe('a tracestate', () => {
  it.each([
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
    'rojo=1, congo=2',
    'a=1,,b=2',
    'a= b c',
    '0tenant@vendor=x',
    'a=1,a=2',
    `a=${'x'.repeat(256)}`,
    Array.from({ length: 32 }, (_, n) => `k${n}=1`).join(','),
  ])('is passed on as it came: %s', (value) => expect(validTracestate(value)).toBe(value));

  it.each([
    '',
    ' , ',
    'a',
    'a=',
    '=1',
    'A=1',
    'a=1=2',
    'a b=1',
    'a=1;b\t=2',
    'a=\u00e9',
    'a=1\r\nx: y',
    'a=1,b',
    `a=${'x'.repeat(257)}`,
    `${'k'.repeat(257)}=1`,
    `a=${'x'.repeat(250)},b=${'x'.repeat(256)},c=1`,
    Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(','),
  ])('is not passed on: %j', (value) => expect(validTracestate(value)).toBeUndefined());
});

describe('the trace of an event', () => {
  it('is that of its source, and its tracestate only beside a valid traceparent', () => {
    expect(givenTrace(TRACEPARENT, 'a=1')).toEqual({ traceparent: TRACEPARENT, tracestate: 'a=1' });
    expect(givenTrace(TRACEPARENT, 'nonsense')).toEqual({ traceparent: TRACEPARENT, tracestate: undefined });
    expect(givenTrace('nonsense', 'a=1')).toBeUndefined();
    expect(traceFrom(TRACEPARENT, undefined).beginsTrace).toBeUndefined();
  });

  it('begins with it where the source says none', () => {
    const traces = Array.from({ length: 1_000 }, () => traceFrom(undefined, 'a=1'));
    for (const trace of traces) {
      expect(trace).toEqual({ traceparent: expect.stringMatching(NEW) as string, beginsTrace: true });
    }
    expect(new Set(traces.map(({ traceparent }) => traceparent)).size).toBe(1_000);
  });

  it('is the same one for the same thing, and another one for another', () => {
    const [first, again, other] = ['ORDERS-1@5', 'ORDERS-1@5', 'ORDERS-2@5'].map(traceOfIdentity);
    expect(first?.traceparent).toMatch(NEW);
    expect(again).toEqual(first);
    expect(other?.traceparent).not.toBe(first?.traceparent);
  });

  it('stands in two headers, or one, or none', () => {
    expect(traceHeaders({ traceparent: TRACEPARENT, tracestate: 'a=1' })).toEqual([
      ['traceparent', TRACEPARENT],
      ['tracestate', 'a=1'],
    ]);
    expect(traceHeaders(newTrace())).toHaveLength(1);
    expect(traceHeaders({})).toEqual([]);
  });
});
