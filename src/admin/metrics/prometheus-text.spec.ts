import { describe, expect, it } from 'vitest';
import { DurationHistogram } from '../../figures/duration-histogram.js';
import { counterBy, type Figure, figure, withLabels } from '../../figures/figure.js';
import { loadPrometheusLibrary } from './prometheus-library.js';
import { prometheusText } from './prometheus-text.js';

const textOf = async (...figures: Figure[]) => prometheusText(await loadPrometheusLibrary(), figures);

describe('prometheusText', () => {
  it('writes a gauge with its help and type', async () => {
    expect(await textOf(figure('gauge', 'ready', 'Whether it is.', 1))).toBe(
      '# HELP tributary_ready Whether it is.\n# TYPE tributary_ready gauge\ntributary_ready 1\n',
    );
  });

  it('makes one metric of the figures of several triggers', async () => {
    const ends = (trigger: string, failed: number) =>
      withLabels([counterBy('ticks_total', 'Ticks.', 'end', { failed })], { trigger });
    const text = await textOf(...ends('a', 1), ...ends('b "quoted"\n', 2));
    expect(text).toBe(
      '# HELP tributary_ticks_total Ticks.\n# TYPE tributary_ticks_total counter\n' +
        'tributary_ticks_total{trigger="a",end="failed"} 1\n' +
        'tributary_ticks_total{trigger="b \\"quoted\\"\\n",end="failed"} 2\n',
    );
  });

  it('writes a histogram cumulatively, in seconds', async () => {
    const value = new DurationHistogram();
    for (const milliseconds of [1, 2, 400_000]) value.observe(milliseconds);
    const text = await textOf({
      kind: 'histogram',
      name: 'runs',
      help: 'Runs.',
      samples: [{ labels: { t: 'x' }, value }],
    });
    expect(text).toContain('# TYPE tributary_runs histogram\n');
    expect(text).toContain('tributary_runs_bucket{t="x",le="0.001"} 1\ntributary_runs_bucket{t="x",le="0.0025"} 2\n');
    expect(text).toContain('le="300"} 2\ntributary_runs_bucket{t="x",le="+Inf"} 3\n');
    expect(text).toContain('tributary_runs_sum{t="x"} 400.003\ntributary_runs_count{t="x"} 3\n');
  });

  it('writes what has no samples yet as a name without values', async () => {
    expect(await textOf({ kind: 'histogram', name: 'late', help: 'Late.', samples: [] })).not.toContain('late_');
  });
});
