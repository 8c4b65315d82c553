import type { ConfigRule } from '../../config/config-schema.js';
import { InvocationConfig } from '../../invocation/invocation.config.js';
import { type Endpoint, readEndpoint } from './endpoint.js';
import { readKeyValues } from './key-values.js';
import { type Sampler, samplerOf, SAMPLERS } from './sampler.js';
import { TracesConfig } from './traces.config.js';

/** How spans are exported. */
export interface TraceSettings {
  readonly endpoint: Endpoint;
  readonly timeoutMs: number;
  readonly sampler: Sampler;
  /** What is the same for all spans. */
  readonly resource: Readonly<Record<string, string>>;
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly delayMs: number;
}

/** `settings` is undefined where nothing is exported. */
export interface TraceReading {
  readonly settings: TraceSettings | undefined;
  readonly warnings: readonly string[];
}

type Application = Pick<InvocationConfig, 'applicationName' | 'applicationVersion'>;
type Warn = (message: string) => void;

const MAX_INT = 2_147_483_647;

/**
 * What the variables mean for the host. As the specification asks, a value that makes no sense is warned of and taken for
 * absent; where nothing is exported anyway, they are the function's alone and nothing is said.
 */
export function readTraceSettings(config: TracesConfig, application: Application): TraceReading {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const settings = isWanted(config, warn) ? settingsOf(config, application, warn) : undefined;
  return { settings, warnings };
}

export const tracesRule: ConfigRule = (config, findings) => {
  const { warnings } = readTraceSettings(config.get(TracesConfig), config.get(InvocationConfig));
  for (const warning of warnings) findings.warning(warning);
};

function isWanted(config: TracesConfig, warn: Warn): boolean {
  const { endpoint, tracesEndpoint, sdkDisabled, exporter = 'otlp' } = config;
  if (endpoint === undefined && tracesEndpoint === undefined) return false;
  if (sdkDisabled?.trim().toLowerCase() === 'true') return false;
  const exporters = new Set(exporter.split(',').map((name) => name.trim()));
  if (exporters.has('none')) return false;
  if (exporters.has('otlp')) return speaks(config, warn);
  warn(`OTEL_TRACES_EXPORTER ${quoted(exporter)}: the host knows otlp and none, and exports no spans.`);
  return false;
}

/** The collectors' port for `http/protobuf` takes JSON as well, that for gRPC does not. */
function speaks({ protocol, tracesProtocol }: TracesConfig, warn: Warn): boolean {
  const name = tracesProtocol === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const wanted = tracesProtocol ?? protocol ?? 'http/json';
  if (wanted === 'http/json') return true;
  const isGrpc = wanted === 'grpc';
  const what = isGrpc ? 'and exports no spans' : 'and sends its spans in that form';
  warn(`${name} ${quoted(wanted)}: the host speaks http/json alone, ${what}.`);
  return !isGrpc;
}

function settingsOf(config: TracesConfig, application: Application, warn: Warn): TraceSettings | undefined {
  const endpoint = readEndpoint(config, warn);
  if (!endpoint) return undefined;
  const whole = (name: string, text: string | undefined, fallback: number, min: number) =>
    readWhole({ name, text, fallback, min }, warn);
  const maxQueueSize = whole('OTEL_BSP_MAX_QUEUE_SIZE', config.maxQueueSize, 2_048, 1);
  const batch = whole('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', config.maxBatchSize, Math.min(512, maxQueueSize), 1);
  const timeout = whole('OTEL_EXPORTER_OTLP_TIMEOUT', config.timeout, 10_000, 1);
  return {
    endpoint,
    timeoutMs: whole('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', config.tracesTimeout, timeout, 1),
    sampler: readSampler(config, warn),
    resource: resourceOf(config, application, warn),
    maxQueueSize,
    maxBatchSize: Math.min(batch, maxQueueSize),
    delayMs: whole('OTEL_BSP_SCHEDULE_DELAY', config.scheduleDelay, 5_000, 0),
  };
}

function readWhole(
  { name, text, fallback, min }: { name: string; text: string | undefined; fallback: number; min: number },
  warn: Warn,
): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= MAX_INT) return value;
  warn(`${name} ${quoted(text)}: expected a whole number from ${min} to ${MAX_INT}; ${fallback} is used.`);
  return fallback;
}

function readSampler({ sampler = SAMPLERS[0], samplerArg }: TracesConfig, warn: Warn): Sampler {
  const name = SAMPLERS.find((known) => known === sampler.trim());
  if (!name) {
    warn(`OTEL_TRACES_SAMPLER ${quoted(sampler)}: the host knows ${SAMPLERS.join(', ')}; ${SAMPLERS[0]} is used.`);
    return samplerOf(SAMPLERS[0], 1);
  }
  return samplerOf(name, name.endsWith('traceidratio') ? readRatio(samplerArg, warn) : 1);
}

function readRatio(text: string | undefined, warn: Warn): number {
  if (text === undefined) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warn(`OTEL_TRACES_SAMPLER_ARG ${quoted(text)}: expected a number from 0 to 1; 1 is used.`);
  return 1;
}

/** @see https://opentelemetry.io/docs/specs/semconv/resource/ */
function resourceOf(config: TracesConfig, application: Application, warn: Warn): Record<string, string> {
  const { applicationName, applicationVersion } = application;
  const { pairs, invalid } = readKeyValues(config.resourceAttributes ?? '');
  if (invalid > 0) warn(`OTEL_RESOURCE_ATTRIBUTES: ${invalid} of its parts are not name=value and are left out.`);
  return {
    'service.name': applicationName || 'unknown_service:tributary',
    ...(applicationVersion !== '' && { 'service.version': applicationVersion }),
    ...(applicationName !== '' && { 'faas.name': applicationName }),
    ...Object.fromEntries(pairs),
    ...(config.serviceName !== undefined && { 'service.name': config.serviceName }),
  };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
