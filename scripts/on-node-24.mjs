#!/usr/bin/env node
/**
 * `npm run test:node24`: the suite with the newer Node that the image uses. The binary comes from an npm package into
 * `.tools/`, outside of the project's `node_modules`, and is left there for the next time. Arguments go to vitest.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { inProject } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';
import { mainOf } from './set-up.mjs';

const PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const FOLDER = inProject('.tools/node-24');
const BIN = join(FOLDER, 'node_modules', PACKAGE, 'bin');

async function bringNode() {
  if (existsSync(join(BIN, 'node'))) return;
  console.log(`fetching ${PACKAGE}@24 into .tools/`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
  await run(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', `${PACKAGE}@24`], { cwd: FOLDER });
}

await mainOf(async () => {
  await bringNode();
  const node = join(BIN, 'node');
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` };
  console.log(`on Node ${(await run([node, '--version'])).trim()}`);
  try {
    await run([node, inProject('scripts/test.mjs'), ...process.argv.slice(2)], { env, show: true });
  } catch (error) {
    // The suite has said what failed.
    if (!(error instanceof CommandFailed)) throw error;
    process.exitCode = 1;
  }
});
