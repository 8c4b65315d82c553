import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHART, HELM, helmWith, KUBERNETES_VERSION, manifestsOf, type Values } from '../support/chart.js';

let folder: string;

/** What helm says after an installation, in one line. `helm template` leaves it out, so that here it is the text of an object. */
async function notes(values: Values): Promise<string> {
  const args = [
    'template',
    'shop',
    folder,
    '--kube-version',
    KUBERNETES_VERSION,
    '--show-only',
    'templates/notes.yaml',
  ];
  const { stdout, stderr } = await helmWith({ function: { public: true, timeoutMs: 20_000 }, ...values }, ...args);
  const [made] = manifestsOf(stdout);
  if (!made?.data?.['notes']) throw new Error(stderr);
  return made.data['notes'].replaceAll(/\s+/g, ' ');
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-chart-'));
  cpSync(CHART, folder, { recursive: true });
  const text = readFileSync(join(folder, 'templates/NOTES.txt'), 'utf8');
  writeFileSync(join(folder, 'templates/_notes.tpl'), `{{- define "notes" -}}\n${text}\n{{- end -}}\n`);
  const object =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata: { notes: {{ include "notes" . | quote }} }\n';
  writeFileSync(join(folder, 'templates/notes.yaml'), object);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.runIf(HELM).concurrent('what helm says after an installation', () => {
  it('warns of a grace that cuts off what is within its deadline', async () => {
    const said = await notes({ shutdown: { graceMs: 27_999 } });
    expect(said).toContain('cuts off what is in flight after 24999 ms');
    expect(said).toContain('shutdown.delayMs and function.timeoutMs are 25000 ms together');
    expect(said).toContain('set shutdown.graceMs to 28000');
  });

  it('reckons with the last fifth of a short grace', async () => {
    expect(await notes({ shutdown: { delayMs: 0, graceMs: 10_000 } })).toContain('in flight after 8000 ms');
  });

  it('warns of nothing where the grace is long enough', async () => {
    for (const shutdown of [{}, { graceMs: 28_000 }]) {
      const said = await notes({ shutdown });
      expect(said).toContain('is being rolled out');
      expect(said).not.toContain('Warning');
    }
  });
});
