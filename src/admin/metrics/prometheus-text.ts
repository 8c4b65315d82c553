import type { Metric } from 'prom-client';
import type { Figure, FigureLabels, HistogramCounts } from '../../figures/figure.js';
import type { PrometheusLibrary } from './prometheus-library.js';

/** Before every name. */
const PREFIX = 'tributary_';

/** One line of the text format. */
interface Line {
  readonly metricName: string;
  readonly labels: FigureLabels;
  readonly value: number;
}

/** The figures in Prometheus' text format; those of one name become one metric. */
export async function prometheusText(library: PrometheusLibrary, figures: readonly Figure[]): Promise<string> {
  const registry = new library.Registry();
  for (const [name, ofName] of byName(figures)) registry.registerMetric(readMetric(PREFIX + name, ofName));
  return registry.metrics();
}

function byName(figures: readonly Figure[]): Map<string, Figure[]> {
  const groups = new Map<string, Figure[]>();
  for (const one of figures) {
    const group = groups.get(one.name);
    if (group) group.push(one);
    else groups.set(one.name, [one]);
  }
  return groups;
}

/**
 * All that the registry asks of a metric. The library's own would count a second time what has been counted already, and at
 * every event at that.
 */
function readMetric(name: string, figures: readonly Figure[]): Metric {
  const [{ help, kind: type } = { help: '', kind: 'gauge' }] = figures;
  const values = figures.flatMap((one) => linesOf(name, one));
  return { name, get: () => Promise.resolve({ name, help, type, values, aggregator: 'sum' }) } as unknown as Metric;
}

function linesOf(name: string, one: Figure): Line[] {
  if (one.kind === 'histogram') {
    return one.samples.flatMap(({ labels = {}, value }) => histogramLines(name, labels, value));
  }
  return one.samples.map(({ labels = {}, value }) => ({ metricName: name, labels, value }));
}

function histogramLines(
  name: string,
  labels: FigureLabels,
  { boundsSeconds, counts, sumSeconds }: HistogramCounts,
): Line[] {
  let count = 0;
  const buckets = counts.map((inBucket, index) => {
    count += inBucket;
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(boundsSeconds[index] ?? '+Inf') },
      value: count,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
