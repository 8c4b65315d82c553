#!/usr/bin/env node
/** `npm run docs:build`: the documents as a site, in `website/dist`. A link that leads nowhere fails it. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collect } from './collect.mjs';

const WEBSITE = dirname(fileURLToPath(import.meta.url));

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: WEBSITE, stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

const modified = (path) => statSync(join(WEBSITE, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  run('npm', 'ci', '--no-audit', '--no-fund');
}
console.log(`${collect().length} pages`);
run(process.execPath, 'node_modules/vitepress/bin/vitepress.js', 'build');
