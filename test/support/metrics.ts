import { writeFileSync } from 'node:fs';
import type { Host } from './start-host.js';

/** One line of `/metrics`. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** prom-client writes `Nan`, which Prometheus takes. */
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([+-]?(?:[\d.]+(?:e[+-]?\d+)?|inf|nan))$/i;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format strictly: a line that is neither a comment nor a sample is an error. */
export function readMetrics(text: string): MetricLine[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '') throw new Error(`no sample: ${line}`);
    return {
      name,
      labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, text]) => [key, text])),
      value: Number(value),
    };
  });
}

export async function metricsOf(host: Pick<Host, 'adminUrl'>): Promise<MetricLine[]> {
  const response = await fetch(`${host.adminUrl}/metrics`);
  return readMetrics(await response.text());
}

/** The sum of all samples of a name whose labels fit. */
export function sumOf(lines: readonly MetricLine[], name: string, labels: Record<string, string> = {}): number {
  const fits = (line: MetricLine) =>
    line.name === name && Object.entries(labels).every(([key, value]) => line.labels[key] === value);
  return lines.filter(fits).reduce((sum, { value }) => sum + value, 0);
}

const TRIGGERS_OF_ALL_KINDS = JSON.stringify({
  triggers: [
    { name: 'chat', type: 'nats', subject: 'chat' },
    { name: 'orders', type: 'nats', stream: 'ORDERS', subject: 'orders.>' },
    { name: 'nightly', type: 'cron', schedule: '* * * * * *', shared: false },
  ],
});

/** Nobody takes the spans: nothing is exported before the test ends. */
const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_BSP_SCHEDULE_DELAY: '600000' };

/** Variables and the triggers file of a host that has every metric there is. */
export function envOfAllMetrics(natsUrl: string, triggersFile: string): Record<string, string> {
  writeFileSync(triggersFile, TRIGGERS_OF_ALL_KINDS);
  return { SCW_APPLICATION_NAME: 'shop', TRIGGER_NATS_URL: natsUrl, TRIGGERS_FILE: triggersFile, ...TRACED };
}
