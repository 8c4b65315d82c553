import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { inProject } from '../../scripts/lib/root.mjs';

/** What a reader of the figures has to know of where they come from. */
export function machine() {
  return {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1_000_000_000),
    loadAverage: loadavg()[0],
    versions: {
      tributary: versionOf('package.json'),
      'functions-framework': versionOf('bench/node_modules/@google-cloud/functions-framework/package.json'),
      fastify: versionOf('node_modules/fastify/package.json'),
      undici: versionOf('node_modules/undici/package.json'),
    },
  };
}

function versionOf(path) {
  try {
    return JSON.parse(readFileSync(inProject(path), 'utf8')).version;
  } catch {
    return undefined;
  }
}
