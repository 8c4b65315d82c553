import uPlot from 'uplot';
import { clock, milliseconds } from './format.js';
import { SECONDS, type Sums } from './history.js';

type Point = { readonly at: number; readonly sums: Sums };

interface Line {
  readonly label: string;
  /** A variable of the style sheet. */
  readonly colour: string;
  readonly valueOf: (sums: Sums) => number | undefined;
}

const HEIGHT = 160;

/** One chart of the last five minutes; made anew when the theme or the width of its place changes. */
export class Chart {
  private plot: uPlot | undefined;
  private points: readonly Point[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly lines: readonly Line[],
    private readonly format: (value: number) => string,
  ) {
    const remake = () => this.make();
    new ResizeObserver(remake).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', remake);
  }

  show(points: readonly Point[]): void {
    this.points = points;
    if (this.plot) this.plot.setData(this.data());
    else this.make();
  }

  private data(): uPlot.AlignedData {
    const values = this.lines.map(({ valueOf }) => this.points.map(({ sums }) => valueOf(sums) ?? null));
    return [this.points.map(({ at }) => at), ...values];
  }

  private make(): void {
    const width = this.place.clientWidth;
    if (width === 0) return;
    this.plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--quiet'),
      font: '11px system-ui',
      grid: { stroke: colour('--rule'), width: 1 },
      ticks: { show: false },
    };
    const series = this.lines.map(({ label, colour: name }) => ({
      label,
      stroke: colour(name),
      width: 1.5,
      points: { show: false },
    }));
    this.plot = new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: {
            range: (_plot, _least, most) => {
              const now = most ?? Date.now() / 1_000;
              return [now - SECONDS, now];
            },
          },
          y: { range: (_plot, _least, most) => [0, Math.max(1, most ?? 1) * 1.1] },
        },
        axes: [
          {
            ...axis,
            space: 50,
            incrs: [60, 300],
            size: 24,
            values: (_plot, splits) => splits.map((at) => clock(at * 1_000).slice(0, 5)),
          },
          { ...axis, size: 56, values: (_plot, splits) => splits.map(this.format) },
        ],
        series: [{}, ...series],
      },
      this.data(),
      this.place,
    );
  }
}

export function rateChart(place: HTMLElement): Chart {
  const lines: Line[] = [
    { label: 'settled', colour: '--accent', valueOf: ({ settled }) => settled },
    { label: 'failed', colour: '--bad', valueOf: ({ failed }) => failed },
  ];
  return new Chart(place, lines, (value) => String(value));
}

export function latencyChart(place: HTMLElement): Chart {
  const lines: Line[] = [
    { label: 'p99', colour: '--second', valueOf: ({ p99Ms }) => p99Ms },
    { label: 'p50', colour: '--accent', valueOf: ({ p50Ms }) => p50Ms },
  ];
  return new Chart(place, lines, (value) => milliseconds(value).replace('.0', ''));
}
