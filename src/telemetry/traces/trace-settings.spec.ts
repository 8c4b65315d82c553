import { describe, expect, it } from 'vitest';
import { readTraceSettings } from './trace-settings.js';
import { TracesConfig } from './traces.config.js';

const ENDPOINT = 'http://collector:4318';

function read(given: Partial<TracesConfig>, name = '') {
  const config = Object.assign(new TracesConfig(), given);
  return readTraceSettings(config, { applicationName: name, applicationVersion: '' });
}

function settings(given: Partial<TracesConfig>, name?: string) {
  const { settings: found, warnings } = read({ endpoint: ENDPOINT, ...given }, name);
  expect(warnings).toEqual([]);
  if (!found) throw new Error('nothing is exported');
  return found;
}

describe('whether spans are exported', () => {
  it.each<[Partial<TracesConfig>]>([
    [{}],
    [{ exporter: 'otlp', serviceName: 'x' }],
    [{ endpoint: ENDPOINT, sdkDisabled: 'TRUE' }],
    [{ endpoint: ENDPOINT, exporter: 'none' }],
    [{ sampler: 'xray', timeout: 'soon' }],
  ])('they are not, and nothing is said: %j', (given) => {
    expect(read(given)).toEqual({ settings: undefined, warnings: [] });
  });

  it.each<[Partial<TracesConfig>, string]>([
    [{ exporter: 'zipkin' }, 'OTEL_TRACES_EXPORTER "zipkin": the host knows otlp and none, and exports no spans.'],
    [
      { protocol: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL "grpc": the host speaks http/json alone, and exports no spans.',
    ],
    [
      { protocol: 'http/json', tracesProtocol: 'grpc' },
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL "grpc": the host speaks http/json alone, and exports no spans.',
    ],
    ...['collector:4317', 'unix:///collector', ' ', 'https://'].map((endpoint): [Partial<TracesConfig>, string] => [
      { endpoint },
      'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL that begins with http:// or https://; the host exports no spans.',
    ]),
  ])('they are not, and why is said: %j', (given, warning) => {
    expect(read({ endpoint: ENDPOINT, ...given })).toEqual({ settings: undefined, warnings: [warning] });
  });

  it.each<[Partial<TracesConfig>, string]>([
    [{ protocol: 'http/protobuf' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [{ sampler: 'xray' }, 'OTEL_TRACES_SAMPLER'],
    [{ sampler: 'traceidratio', samplerArg: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ sampler: 'traceidratio', samplerArg: 'x' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ timeout: '0' }, 'OTEL_EXPORTER_OTLP_TIMEOUT'],
    [{ tracesTimeout: '1s' }, 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'],
    [{ maxQueueSize: '-1' }, 'OTEL_BSP_MAX_QUEUE_SIZE'],
    [{ maxBatchSize: '2147483648' }, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
    [{ scheduleDelay: 'x' }, 'OTEL_BSP_SCHEDULE_DELAY'],
    [{ resourceAttributes: 'a' }, 'OTEL_RESOURCE_ATTRIBUTES'],
    [{ headers: 'no-value' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ headers: 'a=%zz' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ headers: 'a=b%0d%0ac:d' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ headers: 'a=%F0%9F%A6%80' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ headers: 'a b=c' }, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [{ tracesHeaders: 'content-length=1' }, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'],
  ])('they are, in spite of a value that makes no sense: %j', (given, variable) => {
    const { settings: found, warnings } = read({ endpoint: ENDPOINT, ...given });
    expect(found).toBeDefined();
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^${variable}[: ]`))]);
  });

  it('no warning shows a secret', () => {
    const given = { headers: 'secret', tracesEndpoint: 'ftp://secret' };
    expect(read(given).warnings.join(' ')).not.toContain('secret');
  });
});

describe('where to', () => {
  it.each([
    ['http://c', 'http://c/v1/traces'],
    ['http://c:4318/', 'http://c:4318/v1/traces'],
    ['https://c/a/b/', 'https://c/a/b/v1/traces'],
  ])('OTEL_EXPORTER_OTLP_ENDPOINT %s is %s', (endpoint, url) => {
    expect(settings({ endpoint }).endpoint).toMatchObject({ url, variable: 'OTEL_EXPORTER_OTLP_ENDPOINT' });
  });

  it('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is, before the other', () => {
    const { endpoint } = settings({ tracesEndpoint: 'https://traces/in?key=secret' });
    expect(endpoint).toMatchObject({ url: 'https://traces/in?key=secret', shown: 'https://traces/in' });
  });

  it('a user in the URL becomes a header, and is not shown', () => {
    const { endpoint } = settings({ endpoint: 'https://us%40er:pass@collector' });
    expect(endpoint.headers['authorization']).toBe(`Basic ${Buffer.from('us@er:pass').toString('base64')}`);
    expect([endpoint.url, endpoint.shown]).toEqual(Array(2).fill('https://collector/v1/traces'));
  });

  it('headers are decoded; those for traces take the place of the others', () => {
    expect(settings({ headers: 'Api-Key=a%20b%3D , x=1' }).endpoint.headers).toEqual({
      'api-key': 'a b=',
      x: '1',
      'content-type': 'application/json',
    });
    const { headers } = settings({ headers: 'x=1', tracesHeaders: 'y=2,content-type=text/plain' }).endpoint;
    expect(headers).toEqual({ y: '2', 'content-type': 'application/json' });
  });
});

describe('how', () => {
  it('has the defaults of the specification', () => {
    expect(settings({})).toMatchObject({ timeoutMs: 10_000, maxQueueSize: 2_048, maxBatchSize: 512, delayMs: 5_000 });
  });

  it('takes its own values, a batch no larger than the queue', () => {
    const given = { timeout: '1', tracesTimeout: '2', maxQueueSize: '10', maxBatchSize: '20', scheduleDelay: '0' };
    expect(settings(given)).toMatchObject({ timeoutMs: 2, maxQueueSize: 10, maxBatchSize: 10, delayMs: 0 });
    expect(settings({ timeout: '7' }).timeoutMs).toBe(7);
  });

  it.each<[Partial<TracesConfig>, string, string]>([
    [{}, '', 'unknown_service:tributary'],
    [{}, 'shop', 'shop'],
    [{ resourceAttributes: 'service.name=a%20b' }, 'shop', 'a b'],
    [{ resourceAttributes: 'service.name=a', serviceName: 'c' }, 'shop', 'c'],
  ])('is called by %j and the function %j: %s', (given, name, expected) => {
    expect(settings(given, name).resource['service.name']).toBe(expected);
  });
});
