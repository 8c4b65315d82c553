#!/usr/bin/env node
/**
 * Measures a cold start: from the spawn of the process to the first answer with status 200, through the function.
 * `node scripts/cold-start.mjs [rounds]` prints the median and the range of each way to start.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './lib/free-port.mjs';
import { inProject } from './lib/root.mjs';
import { mainOf, setUp } from './set-up.mjs';

const ROUNDS = Number(process.argv[2] ?? 10);
const PATIENCE_MS = 30_000;
const NODE = process.execPath;

/** An option of V8 that changes nothing but the key of the cache: there is none for it. */
const WITHOUT_CACHE = '--stack-size=985';

const WAYS = {
  'node alone': [NODE, '--eval', 'require("node:http").createServer((_, res) => res.end()).listen(process.env.PORT)'],
  unbundled: [NODE, inProject('dist/esm/main.js')],
  bundled: [NODE, WITHOUT_CACHE, inProject('bin/tributary.js')],
  'bundled, with code cache': [NODE, inProject('bin/tributary.js')],
};

async function measure([command, ...args], handler) {
  const port = await freePort();
  const env = {
    PATH: process.env.PATH,
    PORT: String(port),
    ADMIN_PORT: String(await freePort()),
    SCW_UPSTREAM_PORT: String(await freePort()),
    SCW_HANDLER_PATH: handler,
    SCW_PUBLIC: 'true',
    TRIGGER_CRON_SCHEDULE: '0 0 1 1 *',
  };
  const began = performance.now();
  const host = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(host, 'exit');
  try {
    while (!(await answers(port))) {
      if (performance.now() - began > PATIENCE_MS || host.exitCode !== null) throw new Error('it does not answer');
    }
    return performance.now() - began;
  } finally {
    host.kill('SIGTERM');
    await ended;
  }
}

/** Whether a request is answered with 200; a refused connection costs a millisecond. */
function answers(port) {
  return new Promise((resolve) => {
    const outgoing = request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
    });
    outgoing.once('error', () => setTimeout(() => resolve(false), 1)).end();
  });
}

await mainOf(() => setUp());
const folder = mkdtempSync(join(tmpdir(), 'tributary-cold-start-'));
try {
  const handler = join(folder, 'handler.mjs');
  writeFileSync(handler, "export const handle = () => ({ body: 'ok' });\n");
  const figures = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
  // In turns, so that a disturbance meets all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, commandLine] of Object.entries(WAYS)) figures[way].push(await measure(commandLine, handler));
  }
  for (const [way, milliseconds] of Object.entries(figures)) {
    const sorted = milliseconds.sort((a, b) => a - b).map(Math.round);
    console.log(`${way.padEnd(25)} ${sorted[ROUNDS >> 1]} ms (${sorted[0]} to ${sorted.at(-1)}, ${ROUNDS} starts)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
