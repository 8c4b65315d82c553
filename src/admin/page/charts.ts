import uPlot from 'uplot';
import { clock, milliseconds } from './format.js';
import { SECONDS, type Sums } from './history.js';

type Point = { readonly at: number; readonly sums: Sums };

interface Line {
  readonly label: string;
  /** A variable of the style sheet. */
  readonly colour: string;
  readonly valueOf: (sums: Sums) => number | undefined;
  /** Nothing is drawn where it is zero for a while, so that it does not lie over another line. */
  readonly hidesZero?: boolean;
}

const HEIGHT = 160;

/** What is told of one second, in words. */
type Describe = (sums: Sums) => string;

/**
 * One chart of the last five minutes, and the values of the second under the pointer, else of the last one, as a text below it;
 * made anew when the theme or the width of its place changes.
 */
export class Chart {
  private plot: uPlot | undefined;
  private points: readonly Point[] = [];

  constructor(
    private readonly place: HTMLElement,
    private readonly lines: readonly Line[],
    private readonly format: (value: number) => string,
    private readonly describe: Describe,
  ) {
    const remake = () => this.make();
    new ResizeObserver(remake).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', remake);
  }

  show(points: readonly Point[]): void {
    this.points = points;
    if (this.plot) this.plot.setData(this.data());
    else this.make();
    this.tell();
  }

  private tell(): void {
    const reading = this.place.nextElementSibling;
    const point = this.points[this.plot?.cursor.idx ?? this.points.length - 1];
    if (reading) reading.textContent = point ? `${clock(point.at * 1_000)}: ${this.describe(point.sums)}` : '';
  }

  private data(): uPlot.AlignedData {
    const values = this.lines.map(({ valueOf, hidesZero }) => {
      const all = this.points.map(({ sums }) => valueOf(sums) ?? null);
      return hidesZero ? all.map((value, index) => (isZeroAround(all, index) ? null : value)) : all;
    });
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
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        hooks: { setCursor: [() => this.tell()] },
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

function isZeroAround(values: readonly (number | null)[], index: number): boolean {
  return [index - 1, index, index + 1].every((near) => !values[near]);
}

export function rateChart(place: HTMLElement): Chart {
  const lines: Line[] = [
    { label: 'settled', colour: '--accent', valueOf: ({ settled }) => settled },
    { label: 'failed', colour: '--bad', valueOf: ({ failed }) => failed, hidesZero: true },
  ];
  const whole = (value: number) => String(Math.round(value * 10) / 10);
  return new Chart(
    place,
    lines,
    String,
    ({ settled, failed }) => `${whole(settled)} settled, ${whole(failed)} of them not succeeded`,
  );
}

export function latencyChart(place: HTMLElement): Chart {
  const lines: Line[] = [
    { label: 'p99', colour: '--second', valueOf: ({ p99Ms }) => p99Ms },
    { label: 'p50', colour: '--accent', valueOf: ({ p50Ms }) => p50Ms },
  ];
  const describe = ({ p50Ms, p99Ms }: Sums) =>
    p50Ms === undefined || p99Ms === undefined
      ? 'nothing ran'
      : `half of them below ${milliseconds(p50Ms)}, 99 % below ${milliseconds(p99Ms)}`;
  return new Chart(place, lines, (value) => milliseconds(value).replace('.0', ''), describe);
}
