#!/usr/bin/env node
/**
 * `npm run soak [-- --factor N] [--only NAME]`: the tests that kill hosts, sub-runtimes and NATS servers while messages and ticks
 * flow, and the one of good and hostile clients, N times as long as in `npm test` (10), and a table of what became of
 * everything. Exit code 1 if something was lost.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inProject } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';
import { mainOf, setUp } from './set-up.mjs';
import { ensureTools, withTools } from './tools.mjs';

const TESTS = ['durable-server', 'durable-hosts', 'durable-crashes', 'durable-ticks', 'durable-cluster', 'load-held'];
const VITEST = inProject('node_modules/vitest/vitest.mjs');
const TEST_MS = 240_000;

function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: { factor: { type: 'string', default: '10' }, only: { type: 'string', multiple: true, default: TESTS } },
  });
  const factor = Number(values.factor);
  if (!Number.isInteger(factor) || factor < 1 || factor > 1_000) {
    throw new CommandFailed('soak', `--factor ${values.factor} is no whole number from 1 to 1000`, '');
  }
  const unknown = values.only.find((name) => !TESTS.includes(name));
  if (unknown !== undefined) throw new CommandFailed('soak', `--only ${unknown} is none of ${TESTS.join(', ')}`, '');
  return { factor, tests: values.only.map((name) => `test/e2e/${name}.e2e-spec.ts`) };
}

async function runTests({ factor, tests }, report) {
  const env = { ...withTools(), SOAK_FACTOR: String(factor), SOAK_REPORT: report };
  // One file after the other, so that none is measured beside another.
  const options = ['--project', 'e2e', '--no-file-parallelism', `--testTimeout=${TEST_MS * factor}`, '--silent=true'];
  try {
    await run([process.execPath, VITEST, 'run', ...options, ...tests], { show: true, env });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

function tableOf(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => row[column] ?? ''));
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

await mainOf(async () => {
  const options = optionsOf(process.argv.slice(2));
  await setUp();
  for (const problem of await ensureTools(['nats-server'], console.log)) throw new CommandFailed('soak', problem, '');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-soak-'));
  const report = join(folder, 'report.jsonl');
  writeFileSync(report, '');
  const succeeded = await runTests(options, report);
  const rows = readFileSync(report, 'utf8').split('\n').filter(Boolean);
  rmSync(folder, { recursive: true, force: true });
  console.log(`\n${tableOf(rows.map((row) => JSON.parse(row)))}\n`);
  process.exitCode = succeeded && rows.length > 0 ? 0 : 1;
});
