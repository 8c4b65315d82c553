'use strict';
/*
 * Makes V8's code cache of the host for the Node that runs this, beside the bundle:
 * `node dist/bundle/make-code-cache.cjs`. It starts the host with a function of one line and lets it answer, so that
 * the cache has what a start and a first request compile, and ends it again.
 *
 * Run by the build, by the build of an image whose Node is another one, and by the first start of a host without a
 * cache. Exit code 0: the cache is there.
 */
const { subscribe } = require('node:diagnostics_channel');
const { mkdtempSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { constants, setPriority, tmpdir } = require('node:os');
const { join } = require('node:path');
const { HOST_SCRIPT_CHANNEL, cachePath } = require('./code-cache.cjs');

const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const WARM_UP_REQUESTS = 5;

async function makeCodeCache() {
  setPriority(constants.priority.PRIORITY_LOW);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-code-cache-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.env = await environment(folder);
  let script;
  subscribe(HOST_SCRIPT_CHANNEL, (message) => ({ script } = message));
  setTimeout(() => fail('the host did not answer'), PATIENCE_MS).unref();
  require('./main.cjs');
  await warmUp(`http://127.0.0.1:${process.env.PORT}/`);
  write(cachePath(__dirname), script.createCachedData());
  process.kill(process.pid, 'SIGTERM');
}

/** Every kind of trigger that needs no server, and none of what the caller's environment may say about a host. */
async function environment(folder) {
  const handler = join(folder, 'handler.mjs');
  writeFileSync(handler, "export const handle = () => ({ body: 'ok' });\n");
  const kept = ['PATH', 'HOME', 'TMPDIR', 'NODE_OPTIONS'].map((name) => [name, process.env[name]]);
  return {
    ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
    PORT: String(await freePort()),
    TRIGGER_HTTP_HOST: '127.0.0.1',
    TRIGGER_CRON_SCHEDULE: '0 0 1 1 *',
    ADMIN_PORT: String(await freePort()),
    SCW_UPSTREAM_PORT: String(await freePort()),
    SCW_HANDLER_PATH: handler,
    SCW_PUBLIC: 'true',
    LOG_LEVEL: 'warn',
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function warmUp(url) {
  for (let answered = 0; answered < WARM_UP_REQUESTS;) {
    if (await answers(url)) answered++;
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function answers(url) {
  try {
    const response = await fetch(url, { method: 'POST', body: '{}' });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Whole or not at all: a host may start at any moment. */
function write(path, data) {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, data, { mode: 0o644, flag: 'wx' });
  renameSync(unfinished, path);
}

function fail(reason) {
  process.stderr.write(`The code cache was not made: ${reason}\n`);
  process.exit(1);
}

makeCodeCache().catch((error) => fail(error.message));
