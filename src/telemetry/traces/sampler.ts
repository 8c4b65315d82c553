/** Whether a span is exported. `parentSampled` is undefined where the trace begins with it. */
export type Sampler = (traceId: string, parentSampled: boolean | undefined) => boolean;

/** The names of `OTEL_TRACES_SAMPLER`. @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers */
export const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

const PARENT_BASED = 'parentbased_';

/** @param ratio From 0 to 1, for the samplers that have one. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = rootSampler(name.replace(PARENT_BASED, ''), ratio);
  if (!name.startsWith(PARENT_BASED)) return root;
  return (traceId, parentSampled) => parentSampled ?? root(traceId);
}

/** Digits of the lower half of a trace id that a double holds exactly. */
const DIGITS = 13;
const RANGE = 16 ** DIGITS;

/** By the lower half of the id, the random one, as the SDKs for Go, Java and Python do: a trace is whole over services. */
function rootSampler(name: string, ratio: number): (traceId: string) => boolean {
  if (name === 'always_off') return () => false;
  if (name === 'always_on') return () => true;
  const bound = ratio * RANGE;
  return (traceId) => Number.parseInt(traceId.slice(16, 16 + DIGITS), 16) < bound;
}
