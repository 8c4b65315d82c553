/** Cold start: from the spawn of the process to the first answer with status 200, through the function. */
import { freePort } from '../../scripts/lib/free-port.mjs';
import { inProject } from '../../scripts/lib/root.mjs';
import * as functionsFramework from '../contenders/functions-framework.mjs';
import * as tributary from '../contenders/tributary.mjs';
import { untilAnswered } from '../lib/ask.mjs';
import { atMost } from '../lib/checks.mjs';
import { unpackPackage } from '../lib/package.mjs';
import { ensurePeer } from '../lib/peer.mjs';
import { startProcess } from '../lib/processes.mjs';
import { median, medianOverRounds } from '../lib/statistics.mjs';
import { urlRequest } from '../lib/url-request.mjs';
import { WORKLOADS } from '../lib/workloads.mjs';

const STARTS = 10;
const QUICK_STARTS = 2;
const POLL_MS = 1;

const SHIPPED = 'tributary, as it ships';
const PEER = functionsFramework.name;

/** An option of V8 that changes nothing but the key of the code cache: there is none for it. */
const WITHOUT_CACHE = ['--stack-size=985'];

/** @param {import('../run.mjs').BenchOptions} options */
export async function run({ quick, say }) {
  await ensurePeer(say);
  const folder = await unpackPackage();
  const program = `${folder}/bin/tributary.js`;
  const ways = {
    [SHIPPED]: () => tributary.start({ program }),
    'tributary, without its code cache': () => tributary.start({ program, nodeOptions: WITHOUT_CACHE }),
    'tributary, not bundled': () => tributary.start({ program: inProject('dist/esm/main.js') }),
    [PEER]: functionsFramework.start,
    'a server of Node alone': startNodeAlone,
  };
  const samples = await measure(ways, quick ? QUICK_STARTS : STARTS, say);
  const ratio = medianOverRounds(samples[SHIPPED], samples[PEER], (one, other) => one / other);
  return {
    tables: [tableOf(samples)],
    checks: [atMost(`cold start: of ${PEER}`, ratio, 1.3)],
    samples,
  };
}

/** In turns; the first round only brings the files into memory. */
async function measure(ways, starts, say) {
  const samples = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round <= starts; round++) {
    say(`round ${round} of ${starts}`);
    for (const [way, start] of Object.entries(ways)) {
      const milliseconds = await firstAnswer(start);
      if (round > 0) samples[way].push(milliseconds);
    }
  }
  return samples;
}

async function firstAnswer(start) {
  const contender = await start();
  try {
    await untilAnswered(contender.requestOf(WORKLOADS.hello), contender, POLL_MS);
    return performance.now() - contender.spawnedAt;
  } finally {
    await contender.stop();
  }
}

const NODE_ALONE = "require('node:http').createServer((_, r) => r.end('hello')).listen(process.env.PORT, '127.0.0.1')";

async function startNodeAlone() {
  const port = await freePort();
  const server = startProcess([process.execPath, '--eval', NODE_ALONE], { PORT: String(port) });
  return { ...server, requestOf: urlRequest(port) };
}

function tableOf(samples) {
  const rows = Object.entries(samples).map(([way, values]) => {
    const [fastest, slowest] = [Math.min(...values), Math.max(...values)];
    return [way, Math.round(median(values)), `${Math.round(fastest)} to ${Math.round(slowest)}`];
  });
  return { title: 'Cold start to the first 200', columns: ['way', 'median, ms', 'range, ms'], rows };
}
