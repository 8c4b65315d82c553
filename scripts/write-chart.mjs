#!/usr/bin/env node
/**
 * Writes what is derived around the chart: its version, the triggers in its schema of values, the table of values in its README,
 * and the manifests in deploy/kubernetes. `node scripts/write-chart.mjs --check` writes nothing, and fails where something is not current.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { format } from 'prettier';
import { plainManifests } from './chart/plain-manifests.mjs';
import { valueRows, valuesTable } from './chart/values-table.mjs';
import { inProject, ROOT } from './lib/root.mjs';
import { mainOf } from './set-up.mjs';
import { toolPath } from './tools.mjs';

const CHART = inProject('deploy/helm/tributary');
const MANIFESTS = inProject('deploy/kubernetes');
const [BEGIN, END] = ['<!-- values: written by scripts/write-chart.mjs -->', '<!-- /values -->'];

const read = (path) => readFileSync(path, 'utf8');

/** Chart, host and image are released together. */
function chartFile() {
  const path = join(CHART, 'Chart.yaml');
  const { version } = JSON.parse(read(inProject('package.json')));
  return [path, read(path).replace(/^(version|appVersion): .*$/gm, `$1: ${version}`)];
}

/** A trigger in the values is one of a triggers file; HTTP is described by values of its own. */
function valuesSchema() {
  const path = join(CHART, 'values.schema.json');
  const schema = JSON.parse(read(path));
  const { $defs } = JSON.parse(read(inProject('schema/triggers.schema.json')));
  Object.assign(schema.definitions, { cron: $defs.cron, nats: $defs.nats });
  return [path, JSON.stringify(schema)];
}

function readme() {
  const path = join(CHART, 'README.md');
  const text = read(path);
  const [before, after] = [text.slice(0, text.indexOf(BEGIN)), text.slice(text.indexOf(END))];
  return [path, `${before}${BEGIN}\n\n${valuesTable(valueRows(read(join(CHART, 'values.yaml'))))}\n\n${after}`];
}

async function manifests() {
  const helm = toolPath('helm');
  if (!helm) throw new Error('helm is neither in .tools/bin nor on the PATH: run node scripts/tools.mjs helm');
  const found = [];
  for (const name of readdirSync(MANIFESTS)) {
    const folder = join(MANIFESTS, name);
    const title = relative(ROOT, folder);
    for (const [file, text] of await plainManifests({ helm, chart: CHART, folder, title })) {
      found.push([join(folder, file), text]);
    }
  }
  return found;
}

const PRETTIER = JSON.parse(read(inProject('.prettierrc.json')));

await mainOf(async () => {
  const check = process.argv.includes('--check');
  for (const [path, text] of [chartFile(), valuesSchema(), readme(), ...(await manifests())]) {
    const wanted = await format(text, { ...PRETTIER, filepath: path });
    if (existsSync(path) && read(path) === wanted) continue;
    if (check) {
      console.error(`${relative(ROOT, path)} is not current: run npm run chart`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, wanted);
    }
  }
});
