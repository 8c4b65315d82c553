import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { run } from '../lib/run.mjs';

/** The oldest version that the chart supports; helm has an older one in mind where there is no cluster. */
const KUBERNETES_VERSION = '1.23.0';

/** What only helm needs; a kustomization rolls the pods by the names of its ConfigMaps. */
const OF_HELM = [
  ['metadata', 'labels', 'helm.sh/chart'],
  ['metadata', 'labels', 'app.kubernetes.io/managed-by'],
  ['spec', 'template', 'metadata', 'annotations'],
];
/** What a kustomization makes of the files that it came from. */
const GENERATED = new Set(['function.yaml']);

const HEADING = (folder) =>
  ` Written by \`npm run chart\`: what the chart deploy/helm/tributary makes of ${folder}/values.yaml.`;

/**
 * The manifests that the chart makes of the values in a folder, without what is helm's alone: texts by the names of their files.
 * The triggers are written as the file that the host reads. Throws `CommandFailed`.
 *
 * @param {{ helm: string, chart: string, folder: string, title: string }} options `title` is how the files name the folder.
 * @returns {Promise<Map<string, string>>}
 */
export async function plainManifests({ helm, chart, folder, title }) {
  const files = readdirSync(join(folder, 'function')).flatMap((name) => [
    '--set-file',
    `function.files.${name.replaceAll('.', String.raw`\.`)}=${join(folder, 'function', name)}`,
  ]);
  const valuesFile = join(folder, 'values.yaml');
  const values = ['--values', valuesFile, ...files];
  const { fullnameOverride: release } = parse(readFileSync(valuesFile, 'utf8'));
  const text = await run([helm, 'template', release, chart, '--kube-version', KUBERNETES_VERSION, ...values]);
  const found = new Map();
  for (const [, template, part] of text.matchAll(/^# Source: [^/]+\/templates\/(.*)\n([^]*?)(?=^---$|(?![^]))/gm)) {
    if (template.startsWith('tests/') || GENERATED.has(template)) continue;
    if (template === 'triggers.yaml') found.set(template, triggersOf(part, title));
    else found.set(...manifestOf(part, template, title));
  }
  return found;
}

function triggersOf(part, title) {
  const document = parseDocument(parseDocument(part).toJS().data['triggers.yaml']);
  document.commentBefore = HEADING(title);
  return document.toString({ lineWidth: 120 });
}

function manifestOf(part, template, title) {
  const document = parseDocument(part);
  for (const path of OF_HELM) if (document.hasIn(path)) document.deleteIn(path);
  document.commentBefore = HEADING(title);
  const name = template === 'workload.yaml' ? `${document.get('kind').toLowerCase()}.yaml` : template;
  return [name, document.toString({ lineWidth: 120 })];
}
