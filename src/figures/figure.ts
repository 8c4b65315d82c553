/** Names by Prometheus' conventions, without the prefix of the host: `nats_deliveries_total`. */
export type FigureLabels = Readonly<Record<string, string>>;

export interface FigureSample<Value> {
  readonly labels?: FigureLabels;
  readonly value: Value;
}

/** The counts of a histogram of durations. */
export interface HistogramCounts {
  /** Upper bounds in seconds, ascending; what is over the last belongs to none of them. */
  readonly boundsSeconds: readonly number[];
  /** How many were at or below each bound and above the one before it, and, as the last, how many were over all. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Something that a part of the host counts or measures, for whoever shows it; read when it is asked for. */
export type Figure =
  | {
      readonly kind: 'counter' | 'gauge';
      readonly name: string;
      /** One sentence, for those who see the name alone. */
      readonly help: string;
      readonly samples: readonly FigureSample<number>[];
    }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly samples: readonly FigureSample<HistogramCounts>[];
    };

/** Who has figures. */
export interface FigureSource {
  figures(): readonly Figure[];
}

/** Injects the `FigureSource` of what is counted by listening to the host's channels. */
export const CHANNEL_FIGURES = Symbol('CHANNEL_FIGURES');

/** A counter or gauge with one sample. */
export function figure(kind: 'counter' | 'gauge', name: string, help: string, value: number): Figure {
  return { kind, name, help, samples: [{ value }] };
}

/** A counter with a sample for each value of one label. */
export function counterBy(name: string, help: string, label: string, values: Readonly<Record<string, number>>): Figure {
  const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { kind: 'counter', name, help, samples };
}

/** The same figures with further labels on each of their samples. */
export function withLabels(figures: readonly Figure[], labels: FigureLabels): Figure[] {
  return figures.map((one) => labelled(one, labels));
}

function labelled(one: Figure, labels: FigureLabels): Figure {
  // Apart, since the two kinds of sample are not the same type.
  if (one.kind === 'histogram') return { ...one, samples: one.samples.map((sample) => withAll(sample, labels)) };
  return { ...one, samples: one.samples.map((sample) => withAll(sample, labels)) };
}

function withAll<Value>(sample: FigureSample<Value>, labels: FigureLabels): FigureSample<Value> {
  return { ...sample, labels: { ...labels, ...sample.labels } };
}
