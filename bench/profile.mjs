#!/usr/bin/env node
/**
 * `node bench/profile.mjs [workload]`: the functions of the host that took most time of its own under load, from a CPU profile.
 * The profile samples time, not CPU: where the machine is short of it, a function is charged for what ran instead, most of
 * all a write that wakes another process up.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from '../scripts/set-up.mjs';
import { start } from './contenders/tributary.mjs';
import { untilAnswered } from './lib/ask.mjs';
import { exitOnSignals } from './lib/clean-up.mjs';
import { findLoad } from './lib/load.mjs';
import { scratch } from './lib/scratch.mjs';
import { WORKLOADS } from './lib/workloads.mjs';

const SECONDS = 5;
const CONNECTIONS = 32;
const SHOWN = 50;
/** What V8 calls the time in which there was nothing to do. */
const IDLE = '(idle)';

const workload = WORKLOADS[process.argv[2] ?? 'hello'];
if (!workload) throw new TypeError(`the workloads are ${Object.keys(WORKLOADS).join(', ')}`);
exitOnSignals();
await setUp();
const { load } = await findLoad(console.error);
const folder = scratch('profile');
const host = await start({ nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
try {
  const request = host.requestOf(workload);
  await untilAnswered(request, host);
  await load(request, { connections: CONNECTIONS, seconds: SECONDS });
} finally {
  await host.stop();
}
const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'));
print(JSON.parse(readFileSync(join(folder, file), 'utf8')));

function print({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id);
    if (name === IDLE) continue;
    busy += timeDeltas[index];
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  }
  const most = [...times].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  for (const [name, time] of most) console.log(`${((100 * time) / busy).toFixed(1).padStart(5)} %  ${name}`);
}

function nameOf({ functionName, url, lineNumber }) {
  const place = url === '' ? '' : `  ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
  return `${functionName || '(anonymous)'}${place}`;
}
