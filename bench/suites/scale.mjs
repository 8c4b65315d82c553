/** Scale: more workers, more schedules, more invocations. */
import { measureGrowth } from './scale/growth.mjs';
import { measureSchedules } from './scale/schedules.mjs';
import { measureWorkers } from './scale/workers.mjs';

/** @param {import('../run.mjs').BenchOptions} options */
export async function run(options) {
  const parts = [await measureWorkers(options), await measureSchedules(options), await measureGrowth(options)];
  return {
    tables: parts.flatMap(({ tables }) => tables),
    checks: parts.flatMap(({ checks }) => checks),
    samples: Object.assign({}, ...parts.map(({ samples }) => samples)),
  };
}
