import { Text } from '../../config/variable.decorator.js';

/**
 * The variables of OpenTelemetry that the host reads, too. They are not its own: the function gets them, and values that only
 * its SDK knows are no errors here. So all are texts, and `readTraceSettings` warns of what it cannot use.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export class TracesConfig {
  @Text('OTEL_EXPORTER_OTLP_ENDPOINT', {
    description: 'Set: spans go to this URL, with `/v1/traces` behind it (OTLP/HTTP JSON)',
  })
  endpoint?: string;

  @Text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { description: 'The same for spans alone, as it is' })
  tracesEndpoint?: string;

  @Text('OTEL_EXPORTER_OTLP_HEADERS', {
    secret: true,
    description: 'Headers for the collector: `name=value`, percent-encoded, separated by commas',
  })
  headers?: string;

  @Text('OTEL_EXPORTER_OTLP_TRACES_HEADERS', {
    secret: true,
    description: 'The same for spans, in place of the others',
  })
  tracesHeaders?: string;

  @Text('OTEL_EXPORTER_OTLP_TIMEOUT', { description: 'Time for one export, in milliseconds; 10000 by default' })
  timeout?: string;

  @Text('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', { description: 'The same for spans alone' })
  tracesTimeout?: string;

  @Text('OTEL_EXPORTER_OTLP_PROTOCOL', {
    description: 'The host speaks `http/json`: it warns of another one, and with `grpc` exports nothing',
  })
  protocol?: string;

  @Text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', { description: 'The same for spans alone' })
  tracesProtocol?: string;

  @Text('OTEL_SERVICE_NAME', {
    description: "Name of the service in traces, by default the function's, else `unknown_service:tributary`",
  })
  serviceName?: string;

  @Text('OTEL_RESOURCE_ATTRIBUTES', { description: 'More about this host: `name=value`, separated by commas' })
  resourceAttributes?: string;

  @Text('OTEL_TRACES_EXPORTER', { description: '`none` switches the export of spans off; `otlp` by default' })
  exporter?: string;

  @Text('OTEL_SDK_DISABLED', { description: '`true` switches it off, too' })
  sdkDisabled?: string;

  @Text('OTEL_TRACES_SAMPLER', {
    description: 'Which traces are exported; `parentbased_always_on` by default',
  })
  sampler?: string;

  @Text('OTEL_TRACES_SAMPLER_ARG', { description: 'The ratio of `traceidratio`, from 0 to 1; 1 by default' })
  samplerArg?: string;

  @Text('OTEL_BSP_MAX_QUEUE_SIZE', { description: 'Spans that may wait to be exported; 2048 by default' })
  maxQueueSize?: string;

  @Text('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', { description: 'Spans of one export; 512 by default' })
  maxBatchSize?: string;

  @Text('OTEL_BSP_SCHEDULE_DELAY', {
    description: 'How long a span waits for others, in milliseconds; 5000 by default',
  })
  scheduleDelay?: string;
}
