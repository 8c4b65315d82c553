import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { inProject } from '../../scripts/lib/root.mjs';
import { toolPath } from '../../scripts/tools.mjs';

/** What a reader of the figures has to know of where they come from. */
export function machine() {
  return {
    node: process.version,
    system: `${process.platform} ${release()} ${process.arch}`,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1_000_000_000),
    versions: {
      tributary: versionOf('package.json'),
      'functions-framework': versionOf('bench/node_modules/@google-cloud/functions-framework/package.json'),
      fastify: versionOf('node_modules/fastify/package.json'),
      undici: versionOf('node_modules/undici/package.json'),
      'nats-server': firstLineOf('nats-server', '--version'),
      wrk: firstLineOf('wrk', '--version'),
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

/** What a tool says of itself; wrk says it with exit code 1. */
function firstLineOf(tool, option) {
  const program = toolPath(tool);
  if (!program) return undefined;
  return spawnSync(program, [option], { encoding: 'utf8' }).stdout.split('\n')[0];
}
