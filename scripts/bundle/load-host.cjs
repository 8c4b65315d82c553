'use strict';
/*
 * What `import('./host.js')` becomes in the bundle of `main`: the host's code with V8's code cache. Without the cache
 * V8 would compile at every start what hardly ever changes, which is half of the time from spawn to listening
 * (docs/decisions/0002-bundle.md has the figures).
 */
const { spawn } = require('node:child_process');
const { channel } = require('node:diagnostics_channel');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { HOST_SCRIPT_CHANNEL, hostPath, isFolderOurs, readCache } = require('./code-cache.cjs');

/**
 * How stack traces name the bundle. Not where it is: V8 keeps the name that a script had when its cache was made, and
 * what ships must not tell of the machine that built it.
 */
const SCRIPT_NAME = 'tributary-host/dist/bundle/host.cjs';

/** Time after which a host has started, and the making of a cache for the next start takes nothing from this one. */
const MAKE_CACHE_AFTER_MS = 3_000;

function loadHost() {
  const path = hostPath(__dirname);
  // Node maps stack traces only of what it has loaded itself.
  if (process.sourceMapsEnabled) return require(path);
  const cachedData = readCache(__dirname);
  // The bundle is ASCII: as Latin-1 it needs no decoding and one byte a character.
  const script = new Script(readFileSync(path, 'latin1'), { filename: SCRIPT_NAME, cachedData });
  const state = cachedData === undefined ? 'missing' : script.cachedDataRejected ? 'rejected' : 'used';
  report(script, state);
  const module = { exports: {} };
  script.runInThisContext().call(module.exports, module.exports, require, module, path, __dirname);
  if (state !== 'used') setTimeout(makeCache, MAKE_CACHE_AFTER_MS).unref();
  return module.exports;
}

/** `NODE_DEBUG=tributary` shows it, in the way of Node's own modules. */
function report(script, state) {
  if (/\btributary\b/i.test(process.env.NODE_DEBUG ?? '')) {
    process.stderr.write(`TRIBUTARY ${process.pid}: code cache ${state}\n`);
  }
  const observed = channel(HOST_SCRIPT_CHANNEL);
  if (observed.hasSubscribers) observed.publish({ script, state });
}

/** For the next start, in a process of its own that outlives this one if need be. */
function makeCache() {
  try {
    // Whoever observes the script is that process.
    if (channel(HOST_SCRIPT_CHANNEL).hasSubscribers || !isFolderOurs(__dirname)) return;
    const maker = join(__dirname, 'make-code-cache.cjs');
    const child = spawn(process.execPath, [...process.execArgv, maker], { detached: true, stdio: 'ignore' });
    child.on('error', () => undefined).unref();
  } catch {
    // The next start is as slow as this one.
  }
}

module.exports = loadHost();
