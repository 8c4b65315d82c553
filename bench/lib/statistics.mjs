/** The middle value; of an even count the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of values in ascending order. */
export function percentile(sorted, part) {
  return Math.round(sorted[Math.floor((sorted.length - 1) * part)]);
}

/** The median of each member over a list of objects whose members are numbers. */
export function medians(samples) {
  const names = Object.keys(samples[0]);
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name]))]));
}

/**
 * The median over the rounds of what two contenders' samples of one round come to: what disturbs a round meets both.
 *
 * @template Sample
 * @param {Sample[]} some
 * @param {Sample[]} others
 * @param {(one: Sample, other: Sample) => number} compare
 */
export function medianOverRounds(some, others, compare) {
  return median(some.map((sample, round) => compare(sample, others[round])));
}
