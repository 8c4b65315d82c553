'use strict';
const { readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

/** Set by the bundler: a cache of another bundle of the same length would be taken for a match by V8. */
const BUNDLE_ID = process.env.TRIBUTARY_BUNDLE_ID;

/** The channel that is told of the host's script and what became of its cache. */
const HOST_SCRIPT_CHANNEL = 'tributary:host-script';

/** Bits of a file's mode that let others than its owner write. */
const WRITABLE_BY_OTHERS = 0o022;

/** Where the host's code and, beside it, its caches are. */
const hostPath = (folder) => join(folder, 'host.cjs');

/**
 * The cache for this Node: by version, platform, architecture and its options, among them those of V8; each changes
 * what V8 accepts. V8 itself rejects what does not match all the same: the name lets several lie side by side.
 */
function cachePath(folder) {
  const options = [...process.execArgv, process.env.NODE_OPTIONS].filter(Boolean).join(' ');
  const key = [BUNDLE_ID, process.version, process.platform, process.arch, options && hashOf(options)];
  return join(folder, `host-${key.filter(Boolean).join('-')}.cache`);
}

/** FNV-1a of 32 bits: loading a module for it would cost more than it takes. */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16);
}

/**
 * The cache, or `undefined` where there is none that may be used: V8 runs what is in it without a check, so nobody may
 * be able to write it who could not write the code itself.
 */
function readCache(folder) {
  const path = cachePath(folder);
  const cache = statSync(path, { throwIfNoEntry: false });
  if (!cache?.isFile()) return undefined;
  const code = statSync(hostPath(folder));
  const trusted = cache.uid === code.uid && (cache.mode & ~code.mode & WRITABLE_BY_OTHERS) === 0;
  return trusted ? readFileSync(path) : undefined;
}

/** Whether a cache may be written at run time: the folder is ours, and nobody else can write into it. */
function isFolderOurs(folder) {
  const { uid, mode } = statSync(folder);
  return uid === process.getuid?.() && (mode & WRITABLE_BY_OTHERS) === 0;
}

module.exports = { HOST_SCRIPT_CHANNEL, cachePath, hostPath, isFolderOurs, readCache };
