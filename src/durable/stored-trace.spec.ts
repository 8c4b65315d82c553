import { describe, expect, it } from 'vitest';
import { letterTrace, storedTrace } from './stored-trace.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const place = { stream: 'ORDERS', sequence: 7, publishedAt: 1_700_000_000_000 };

describe('the trace of a stored message', () => {
  it('is its own, whatever the case of its names', () => {
    const headers: [string, string[]][] = [
      ['TRACEPARENT', [TRACEPARENT]],
      ['tracestate', ['a=1']],
      ['Tracestate', ['b=2']],
    ];
    expect(storedTrace(place, headers)).toEqual({ traceparent: TRACEPARENT, tracestate: 'a=1,b=2' });
  });

  it.each([[[]], [[['traceparent', ['nonsense']]]], [[['traceparent', [TRACEPARENT, TRACEPARENT]]]]] as [
    [string, string[]][],
  ][])('is else the same for all its deliveries and its dead letter: %j', (headers) => {
    const trace = storedTrace(place, headers);
    expect(trace.beginsTrace).toBe(true);
    expect(storedTrace({ ...place }, headers)).toEqual(trace);
    const letter = { stream: 'ORDERS', sequence: 7, publishedAt: new Date(place.publishedAt).toISOString() };
    expect(letterTrace({ letter: letter as never, headers })).toEqual(trace);
  });

  it('is another one where a stream was made anew and counts from 1 again', () => {
    expect(storedTrace({ ...place, publishedAt: 1 }, [])).not.toEqual(storedTrace(place, []));
  });
});
