import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as tributary from '../../contenders/tributary.mjs';
import { untilAnswered } from '../../lib/ask.mjs';
import { cpuOf, memoryOf } from '../../lib/process-figures.mjs';
import { scratch } from '../../lib/scratch.mjs';
import { medians } from '../../lib/statistics.mjs';
import { rounded } from '../../lib/table.mjs';

const COUNTS = [0, 1, 100, 1_000];
const ROUNDS = 5;
const SETTLE_MS = 2_000;
const IDLE_MS = 5_000;
const POLL_MS = 1;

/** What schedules cost while none of them is due. */
export async function measureSchedules({ quick, say }) {
  const samples = Object.fromEntries(COUNTS.map((count) => [count, []]));
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    say(`schedules, round ${round + 1}`);
    for (const count of COUNTS) samples[count].push(await measure(count));
  }
  const rows = COUNTS.map((count) => {
    const { readyMs, resident, cpuPerSecond } = medians(samples[count]);
    return [String(count), Math.round(readyMs), rounded(resident), rounded(cpuPerSecond)];
  });
  const columns = ['schedules', 'spawn to ready, ms', 'resident MB', 'idle CPU, us each second'];
  return { tables: [{ title: 'Schedules', columns, rows }], checks: [], samples: { schedules: samples } };
}

async function measure(count) {
  const host = await tributary.start({ env: { TRIGGERS_FILE: triggersFile(count) } });
  try {
    await untilAnswered({ url: `http://127.0.0.1:${host.adminPort}/readyz` }, host, POLL_MS);
    const readyMs = performance.now() - host.spawnedAt;
    await pause(SETTLE_MS);
    const before = { at: performance.now(), cpu: cpuOf(host.pid) };
    await pause(IDLE_MS);
    const seconds = (performance.now() - before.at) / 1_000;
    const cpuPerSecond = (cpuOf(host.pid) - before.cpu) / seconds;
    return { readyMs, resident: memoryOf(host.pid).resident, cpuPerSecond };
  } finally {
    await host.stop();
  }
}

/** Each at a minute of its own, on the first of January. */
function triggersFile(count) {
  const triggers = Array.from({ length: count }, (_, index) => ({
    name: `schedule-${index}`,
    type: 'cron',
    schedule: `${index % 60} ${Math.floor(index / 60) % 24} 1 1 *`,
  }));
  const file = scratch(`${count}-schedules.json`);
  writeFileSync(file, JSON.stringify({ triggers }));
  return file;
}
