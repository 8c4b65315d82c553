import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../support/alert-rules.js';
import { startDurableServer } from '../support/durable-host.js';
import { envOfAllMetrics, type MetricLine, metricsOf, sumOf } from '../support/metrics.js';
import { ROOT, startHost, until } from '../support/start-host.js';

const PARTS = /_(bucket|sum|count)$/;

/** Labels that Prometheus itself gives to what it scrapes, and that of its functions' results. */
const OF_PROMETHEUS = ['namespace', 'job', 'instance'];

/** Those that an expression groups by, matches on, or selects by. */
function labelsIn(expression: string): string[] {
  const lists = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
  const selected = [...expression.matchAll(/[{,]\s*(\w+)(?:=|!=|=~|!~)"/g)].map(([, label = '']) => label);
  return [...lists, ...selected];
}

let help = new Map<string, string>();
let lines: readonly MetricLine[] = [];

/** Values of labels that are compared with, `name{label="value|value"}`, where they are not a variable of the dashboard. */
function assertLabelValues(text: string): void {
  for (const [whole, name = '', selector = ''] of text.matchAll(/(\w+)\{([^}]*)\}/g)) {
    for (const [, label = '', values = ''] of selector.matchAll(/(\w+)[!=]~?"([^"$]*)"/g)) {
      const known = lines.filter((line) => line.name === name).map(({ labels }) => labels[label]);
      for (const value of values.split('|')) expect(known, whole).toContain(value);
    }
  }
}

describe('the metrics and who names them', () => {
  it('are all there in a host with every kind of trigger', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-metrics-'));
    const nats = await startDurableServer();
    const host = await startHost({ env: envOfAllMetrics(nats.server.url, join(folder, 'triggers.json')) });
    try {
      await fetch(host.url);
      lines = await until('a tick', async () => {
        const current = await metricsOf(host);
        return sumOf(current, 'tributary_invocation_late_seconds_count') > 0 && current;
      });
      const text = await (await fetch(`${host.adminUrl}/metrics`)).text();
      help = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', about = '']) => [name, about]));
    } finally {
      await host.stop();
      rmSync(folder, { recursive: true });
    }
    expect(help.size).toBeGreaterThan(30);
  });

  it('docs/metrics.md lists each of ours with its meaning, and no other', () => {
    const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(tributary_\w+)` +\|[^|]*\|[^|]*\| (.*?) +\|$/gm)];
    const own = [...help].filter(([name]) => name.startsWith('tributary_'));
    expect(Object.fromEntries(listed.map(([, name, about]) => [name, about]))).toEqual(Object.fromEntries(own));
  });

  it('docs/operations.md names no other, nor an outcome or an end that there is not', () => {
    const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    const asked = page.match(/tributary_\w+/g) ?? [];
    expect(asked.length).toBeGreaterThan(5);
    for (const name of asked) expect([...help.keys()]).toContain(name);
    assertLabelValues(page);
  });

  it('the dashboard asks for none that does not exist, nor for a label that it does not have', () => {
    const dashboard = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/tributary.json'), 'utf8')) as {
      panels: { targets?: { expr: string }[] }[];
    };
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) {
      const asked = expression.match(/\b(tributary|process|nodejs)_\w+/g) ?? [];
      expect(asked.length, expression).toBeGreaterThan(0);
      for (const name of asked) expect([...help.keys()], expression).toContain(name.replace(PARTS, ''));
      const labels = (/ by \(([^)]*)\)/.exec(expression)?.[1] ?? '').split(/, */).filter((label) => label !== '');
      const known = new Set(lines.filter(({ name }) => name === asked[0]).flatMap(({ labels: of }) => Object.keys(of)));
      for (const label of labels) expect([...known], expression).toContain(label);
      assertLabelValues(expression);
    }
  });

  it('the alerts ask for none that does not exist, nor for a label that it does not have', () => {
    const rules = alertRules();
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, expr } of rules) {
      const asked = expr.match(/\b(tributary|process|nodejs)_\w+/g) ?? [];
      expect(asked.length, alert).toBeGreaterThan(0);
      for (const name of asked) expect([...help.keys()], alert).toContain(name.replace(PARTS, ''));
      const known = new Set(lines.filter(({ name }) => name === asked[0]).flatMap(({ labels: of }) => Object.keys(of)));
      for (const label of labelsIn(expr)) expect([...known, ...OF_PROMETHEUS], alert).toContain(label);
      assertLabelValues(expr);
    }
  });

  it('the dashboard leaves out none of ours', () => {
    const dashboard = readFileSync(join(ROOT, 'deploy/grafana/tributary.json'), 'utf8');
    const left = [...help.keys()].filter((name) => name.startsWith('tributary_') && !dashboard.includes(name));
    expect(left).toEqual([]);
  });
});
