import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../../scripts/lib/free-port.mjs';
import * as tributary from '../../contenders/tributary.mjs';
import { untilAnswered } from '../../lib/ask.mjs';
import { atMost } from '../../lib/checks.mjs';
import { memoryAfterCollection } from '../../lib/inspector.mjs';
import { rounded } from '../../lib/table.mjs';
import { WORKLOADS } from '../../lib/workloads.mjs';

const FIRST = 20_000;
const MORE = 200_000;
const QUICK_PART = 0.1;
const CONNECTIONS = 32;
/** Longer than connections to the sub-runtime are kept. */
const SETTLE_MS = 2_000;
const BYTES_PER_MB = 1_000_000;

/** What stays in the heap of the host for the invocations that it has had. */
export async function measureGrowth({ quick, seconds, load, say }) {
  const [first, more] = [FIRST, MORE].map((count) => count * (quick ? QUICK_PART : 1));
  const inspectorPort = await freePort();
  const host = await tributary.start({ nodeOptions: [`--inspect=127.0.0.1:${inspectorPort}`] });
  const request = host.requestOf(WORKLOADS.hello);
  const invoke = async (count) => {
    say(`growth, ${count} invocations`);
    let done = 0;
    while (done < count) done += (await load(request, { connections: CONNECTIONS, seconds })).requests;
    await pause(SETTLE_MS);
    return { invocations: done, ...(await memoryAfterCollection(inspectorPort)) };
  };
  try {
    await untilAnswered(request, host);
    const before = await invoke(first);
    const after = await invoke(more);
    const growth = (after.heapUsed - before.heapUsed) / BYTES_PER_MB;
    return {
      tables: [tableOf(before, after)],
      checks: [atMost(`heap after ${more} more invocations, growth`, growth, 5, ' MB')],
      samples: { growth: [before, after] },
    };
  } finally {
    await host.stop();
  }
}

function tableOf(before, after) {
  const megabytes = (usage) =>
    [usage.heapUsed, usage.external, usage.rss].map((bytes) => rounded(bytes / BYTES_PER_MB));
  const rows = [
    [String(before.invocations), ...megabytes(before)],
    [`${after.invocations} more`, ...megabytes(after)],
  ];
  const columns = ['invocations', 'heap used MB', 'external MB', 'resident MB'];
  return { title: 'Memory after a collection', columns, rows };
}
