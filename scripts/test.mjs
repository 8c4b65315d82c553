#!/usr/bin/env node
/**
 * `npm test`: the whole suite, against the built host and real servers, from nothing but Node and npm. What is missing
 * is brought first. Arguments go to vitest. The last line counts the tests; the exit code is 1 if one failed or none ran.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';
import { mainOf, setUp } from './set-up.mjs';
import { ensureTools, withTools } from './tools.mjs';

const VITEST = inProject('node_modules/vitest/vitest.mjs');

/** On the machine of a developer, tests that need what cannot be had are skipped; in CI that is a failure. */
async function bringTools() {
  const problems = await ensureTools(undefined, console.log);
  for (const problem of problems) console.log(`${problem}. ${process.env.CI ? '' : 'Its tests are skipped.'}`);
  if (problems.length > 0 && process.env.CI) process.exit(1);
}

async function runVitest(report) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = [process.execPath, VITEST, 'run', ...reporters, ...process.argv.slice(2)];
  try {
    await run(command, { show: true, env: withTools() });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

/** A file that could not even be loaded has no tests to count: it counts as one that failed. */
function countsOf(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport(report);
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.length,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

await mainOf(async () => {
  await setUp();
  await bringTools();
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  const report = join(folder, 'report.json');
  const succeeded = await runVitest(report);
  const { passed, failed, skipped } = countsOf(report);
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = succeeded && failed === 0 && passed > 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
});
