#!/usr/bin/env node
/**
 * Brings the project from a fresh clone to one that runs: dependencies, then the build. Each is done only where it is
 * missing or older than what it comes from, so that a second run takes no time. Needs nothing but Node and npm.
 */
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProject } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';

/** What the build reads. */
const BUILD_INPUTS = [
  'src',
  'scripts/bundle',
  'scripts/bundle.mjs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const BUNDLE = inProject('dist/bundle');
const BUILD_STAMP = inProject('dist/built');

/** What npm says where there is no network. */
const UNREACHABLE = /\b(EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT)\b/;

/** @param {(line: string) => void} say Told what is being done. Throws `CommandFailed`. */
export async function setUp(say = console.log) {
  await ensureDependencies(say);
  await ensureBuild(say);
}

/** Installs the dependencies where `node_modules` is missing or older than the lock file. */
export async function ensureDependencies(say) {
  const installed = modified(inProject('node_modules/.package-lock.json'));
  if (installed >= modified(inProject('package-lock.json'))) return;
  say('installing the dependencies (npm ci)');
  try {
    await npm('ci', '--no-audit', '--no-fund', '--fetch-retries=1', '--fetch-retry-mintimeout=2000');
  } catch (error) {
    const [reason] = error.output?.match(UNREACHABLE) ?? [];
    if (!reason) throw error;
    throw new CommandFailed(
      'npm ci',
      `could not reach the package registry (${reason}): the first run needs a network`,
      '',
    );
  }
}

/** Builds where `dist` is missing or older than the sources; for another Node than the build's, makes its code cache. */
export async function ensureBuild(say) {
  const newest = Math.max(...BUILD_INPUTS.map((path) => newestIn(inProject(path))));
  if (!existsSync(BUNDLE) || modified(BUILD_STAMP) < newest) {
    say('building (npm run build)');
    const began = new Date();
    await npm('run', 'build');
    writeFileSync(BUILD_STAMP, '');
    // What was edited meanwhile may have been read before.
    utimesSync(BUILD_STAMP, began, began);
  } else if (!hasCodeCache()) {
    say(`making the code cache for Node ${process.version}`);
    await run([process.execPath, join(BUNDLE, 'make-code-cache.cjs')]);
  }
}

function hasCodeCache() {
  const key = `-${process.version}-${process.platform}-${process.arch}`;
  return readdirSync(BUNDLE).some((file) => file.endsWith('.cache') && file.includes(key));
}

/** The npm that runs this, else the one on the PATH. */
function npm(...args) {
  const { npm_execpath: cli } = process.env;
  return run([...(cli?.endsWith('.js') ? [process.execPath, cli] : ['npm']), ...args]);
}

/** When a file was last modified, in epoch milliseconds; 0 if there is none. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestIn(path) {
  if (!statSync(path).isDirectory()) return modified(path);
  return Math.max(modified(path), ...readdirSync(path).map((entry) => newestIn(join(path, entry))));
}

/** Runs a script's body; a command that failed ends it with what the command printed, and exit code 1. */
export async function mainOf(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error([error.output.trimEnd(), error.message].filter(Boolean).join('\n'));
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await mainOf(() => setUp());
