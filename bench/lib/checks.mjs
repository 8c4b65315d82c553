/**
 * A figure beside its floor.
 *
 * @typedef {object} Check
 * @property {string} figure
 * @property {number} value
 * @property {string} text The value for people.
 * @property {string} target
 * @property {boolean} holds
 */

/** @returns {Check} */
export function atLeast(figure, value, floor, unit = '', note = '') {
  return check(figure, value, `at least ${floor}${unit}${note}`, value >= floor, unit);
}

/** @returns {Check} */
export function atMost(figure, value, limit, unit = '', note = '') {
  return check(figure, value, `at most ${limit}${unit}${note}`, value <= limit, unit);
}

/** @returns {Check} */
export function below(figure, value, limit, unit = '', note = '') {
  return check(figure, value, `below ${limit}${unit}${note}`, value < limit, unit);
}

/** What could not be measured does not hold. */
function check(figure, value, target, holds, unit) {
  return { figure, value, text: `${format(value)}${unit}`, target, holds: Number.isFinite(value) && holds };
}

const format = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));
