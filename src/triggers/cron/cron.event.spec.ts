import { describe, expect, it } from 'vitest';
import { newTrace } from '../../invocation/trace-context.js';
import { CronTriggerConfig } from './cron.config.js';
import { cronEventSource, tickId, toCronEvent, toTriggerEvent } from './cron.event.js';

const scheduledAt = Date.parse('2026-03-29T01:00:00.000Z');
const at = scheduledAt + 7;

function source(settings: Partial<CronTriggerConfig> = {}, applicationName = 'shop') {
  const config = Object.assign(
    new CronTriggerConfig(),
    { name: 'nightly', schedule: '0 3 * * *', timeZone: 'Europe/Paris' },
    settings,
  );
  return cronEventSource(config, applicationName);
}

describe('toCronEvent', () => {
  it('section 3: gives the API-gateway proxy event with the tick', () => {
    expect(toCronEvent(source({ args: { report: 'daily' } }), { scheduledAt, attempt: 2, at })).toEqual({
      resource: 'cron',
      path: '/',
      httpMethod: 'POST',
      headers: {},
      multiValueHeaders: {},
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      pathParameters: {},
      stageVariables: {},
      body: '{"report":"daily"}',
      isBase64Encoded: false,
      requestContext: {
        eventType: 'cron',
        triggerName: 'nightly',
        requestId: 'shop/nightly@2026-03-29T01:00:00.000Z',
        accountId: '',
        resourceId: '',
        resourcePath: '',
        apiId: '',
        stage: '',
        httpMethod: 'POST',
        path: '/',
        requestTimeEpoch: at,
      },
      cron: {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Paris',
        scheduledAt: '2026-03-29T01:00:00.000Z',
        attempt: 2,
      },
    });
  });

  it.each([
    [undefined, ''],
    [null, 'null'],
    [0, '0'],
    ['text', '"text"'],
    [[1, { a: 'ü' }], '[1,{"a":"ü"}]'],
  ])('section 3: args %j are the body %j', (args, body) => {
    expect(toCronEvent(source({ args }), { scheduledAt, attempt: 1, at }).body).toBe(body);
  });
});

const trace = newTrace();

describe('toTriggerEvent', () => {
  it('section 3: the request id is the id of the tick and is the same for every attempt', () => {
    const ids = [1, 2].map((attempt) => toTriggerEvent(source(), { scheduledAt, attempt, at, trace }).requestId);
    expect(ids).toEqual(Array(2).fill('shop/nightly@2026-03-29T01:00:00.000Z'));
  });

  it('section 3: raw is the args alone, as JSON text', () => {
    const { payload } = toTriggerEvent(source({ format: 'raw', args: { a: 1 } }), {
      scheduledAt,
      attempt: 1,
      at,
      trace,
    });
    expect(payload).toBe('{"a":1}');
  });

  it('section 3: cloudevents is a structured CloudEvent 1.0 of the planned instant', () => {
    const cloudEvents = source({ format: 'cloudevents', args: { a: 1 } });
    expect(toTriggerEvent(cloudEvents, { scheduledAt, attempt: 1, at, trace }).payload).toEqual({
      specversion: '1.0',
      id: 'shop/nightly@2026-03-29T01:00:00.000Z',
      source: '/shop/nightly',
      type: 'tributary.cron.tick',
      time: '2026-03-29T01:00:00.000Z',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });

  it('section 3: a CloudEvent without args has no data', () => {
    const { payload } = toTriggerEvent(source({ format: 'cloudevents' }), { scheduledAt, attempt: 1, at, trace });
    expect(payload).not.toHaveProperty('data');
    expect(payload).not.toHaveProperty('datacontenttype');
  });

  it('section 1: only the first attempt has a starting deadline', () => {
    const starts = [1, 2].map((attempt) => toTriggerEvent(source(), { scheduledAt, attempt, at, trace }).startBy);
    expect(starts).toEqual([scheduledAt + 60_000, undefined]);
  });
});

describe('tickId', () => {
  it('section 3: leaves out the application where it has no name', () => {
    expect(tickId(source({}, ''), scheduledAt)).toBe('nightly@2026-03-29T01:00:00.000Z');
  });

  it('keeps what a header cannot carry out of the id', () => {
    expect(tickId(source({}, 'my shop\n日'), scheduledAt)).toBe('my-shop--/nightly@2026-03-29T01:00:00.000Z');
  });
});
