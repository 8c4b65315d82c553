#!/usr/bin/env node
/**
 * `npm run bench`: the host beside its peers, measured in one run. Prints the medians and the floors, and writes all to
 * `bench/results/`. Exit code 1: a floor is missed; 2: something could not be measured.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { inProject } from '../scripts/lib/root.mjs';
import { setUp } from '../scripts/set-up.mjs';
import { exitOnSignals } from './lib/clean-up.mjs';
import { findLoad } from './lib/load.mjs';
import { machine } from './lib/machine.mjs';
import { markdown } from './lib/table.mjs';

const SUITES = ['http', 'cold-start', 'nats', 'scale', 'replicas'];
const USAGE = `npm run bench -- [--suite ${SUITES.join(',')}] [--rounds N] [--seconds S] [--quick]`;
const FLOOR_MISSED = 1;
const NOT_MEASURED = 2;

/**
 * @typedef {object} BenchOptions
 * @property {number} rounds How often each contender is measured in each case.
 * @property {number} seconds How long one measurement lasts.
 * @property {boolean} quick To see whether it runs: one round, one second, small counts. Its figures mean nothing.
 * @property {import('./lib/load.mjs').Load} load
 * @property {(line: string) => void} say Told how far it is.
 */

function parseOptions() {
  const options = {
    suite: { type: 'string', default: SUITES.join(',') },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  };
  const { values } = parseArgs({ options });
  const { quick } = values;
  const suites = values.suite.split(',');
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  const seconds = Number(values.seconds ?? (quick ? 1 : 2));
  const valid = suites.every((suite) => SUITES.includes(suite)) && isCount(rounds) && isCount(seconds);
  if (!valid) throw new TypeError(`N and S are whole numbers from 1 on, the suites are ${SUITES.join(', ')}`);
  return { suites, rounds, seconds, quick };
}

const isCount = (value) => Number.isInteger(value) && value > 0;

async function runSuite(name, options) {
  const began = performance.now();
  const { run } = await import(`./suites/${name}.mjs`);
  const result = await run({ ...options, say: (line) => say(`[${name}] ${line}`) });
  say(`[${name}] took ${Math.round((performance.now() - began) / 1_000)} s`);
  for (const { title, ...table } of result.tables) console.log(`\n### ${title}\n\n${markdown(table)}`);
  return result;
}

function printChecks(checks) {
  const rows = checks.map(({ figure, text, target, holds }) => [figure, text, target, holds ? 'yes' : 'NO']);
  console.log(`\n### Floors\n\n${markdown({ columns: ['figure', 'measured', 'target', 'held'], rows })}\n`);
}

function write(report) {
  const file = inProject('bench/results', `${new Date().toISOString().replaceAll(':', '-')}.json`);
  mkdirSync(inProject('bench/results'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return file;
}

/** Progress, where it does not get into the tables. */
const say = (line) => console.error(line);

async function bench({ suites, ...options }) {
  const [loadAverageBefore] = loadavg();
  await setUp(say);
  const { name: generator, load } = await findLoad(say);
  const results = {};
  const problems = {};
  for (const suite of suites) {
    try {
      results[suite] = await runSuite(suite, { ...options, load });
    } catch (error) {
      problems[suite] = error.message;
      say(`[${suite}] could not be measured: ${[error.stack, error.output].filter(Boolean).join('\n')}`);
    }
  }
  const checks = Object.values(results).flatMap((result) => result.checks);
  printChecks(checks);
  const facts = { ...machine(), generator, loadAverageBefore };
  say(`written to ${write({ options, machine: facts, checks, results, problems })}`);
  if (Object.keys(problems).length > 0) return NOT_MEASURED;
  return checks.every(({ holds }) => holds) ? 0 : FLOOR_MISSED;
}

async function main() {
  let options;
  try {
    options = parseOptions();
  } catch (error) {
    return fail(error.message, USAGE);
  }
  try {
    return await bench(options);
  } catch (error) {
    return fail(error.output, error.message);
  }
}

function fail(...texts) {
  console.error(texts.filter(Boolean).join('\n'));
  return NOT_MEASURED;
}

exitOnSignals(NOT_MEASURED);
process.exitCode = await main();
