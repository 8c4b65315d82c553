import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolPath, withTools } from '../../scripts/tools.mjs';
import { HELM, KUBERNETES_VERSION, manifestsOf, render, type Values, workloadOf } from '../support/chart.js';
import { problemsOf } from '../support/kubernetes-schema.js';
import { envOf, filesOf, type Secrets } from '../support/pod.js';
import { ROOT } from '../support/start-host.js';

const run = promisify(execFile);
const KUBECTL = toolPath('kubectl');
const MANIFESTS = join(ROOT, 'deploy/kubernetes');
const PAGE = readFileSync(join(ROOT, 'docs/deployment/kubernetes.md'), 'utf8');
const SECRETS: Secrets = { 'orders-nats': { 'user.creds': '' } };

/** The blocks of a language, without its fences. */
function blocksOf(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

const [onCluster, here] = [true, false].map((marked) =>
  blocksOf('sh').filter((block) => /^# needs (a cluster|Docker)\n/.test(block) === marked),
) as [string[], string[]];

describe('docs/deployment/kubernetes.md', () => {
  it('marks what needs a cluster or Docker, and that alone', () => {
    expect(onCluster.length).toBeGreaterThan(3);
    expect(here.length).toBeGreaterThan(1);
    for (const block of here) expect(block).toMatch(/^(helm template|kubectl kustomize) /);
  });

  it.runIf(HELM && KUBECTL)('the other commands do what it says, as they stand', async () => {
    for (const written of here.flatMap((block) => block.trim().split(/\n(?! )/))) {
      // The helm of the tests has a version of Kubernetes in mind that is as old as itself.
      const block = written.replace('helm template', `helm template --kube-version ${KUBERNETES_VERSION}`);
      const { stdout } = await run('sh', ['-e', '-c', block], {
        cwd: ROOT,
        env: withTools({ PATH: process.env['PATH'] }),
      });
      expect(manifestsOf(stdout).length, block).toBeGreaterThan(4);
    }
  });

  it.runIf(HELM)('its values are ones that the chart takes', async () => {
    const [values = '', secrets = ''] = blocksOf('yaml');
    for (const manifest of await render(parse(values) as Values)) expect(await problemsOf(manifest)).toEqual([]);
    await render({ function: { public: true }, ...(parse(secrets) as Values) });
  });
});

describe.runIf(HELM)('what is written around the chart', () => {
  it('is current: schema, README and manifests', async () => {
    await run(process.execPath, [join(ROOT, 'scripts/write-chart.mjs'), '--check'], { cwd: ROOT });
  });
});

describe.runIf(KUBECTL).each(readdirSync(MANIFESTS))('deploy/kubernetes/%s', (folder) => {
  it('is a kustomization of objects that a cluster takes, with every file that the host reads', async () => {
    const { stdout } = await run(KUBECTL ?? '', ['kustomize', join(MANIFESTS, folder)]);
    const manifests = manifestsOf(stdout);
    for (const manifest of manifests) expect(await problemsOf(manifest)).toEqual([]);

    const left = readdirSync(join(MANIFESTS, folder)).filter((name) => name.endsWith('.yaml'));
    const kustomization = readFileSync(join(MANIFESTS, folder, 'kustomization.yaml'), 'utf8');
    for (const name of left.filter((name) => !/^(kustomization|values)\.yaml$/.test(name))) {
      expect(kustomization).toContain(`- ${name}\n`);
    }

    const files = filesOf(manifests, SECRETS);
    const env = envOf(manifests);
    for (const [name, path] of Object.entries(env))
      if (name.endsWith('_FILE')) expect([...files.keys()]).toContain(path);
    expect([...files.keys()]).toContain(`${env['SCW_HANDLER_PATH']}.mjs`);
    const { volumes } = workloadOf(manifests).spec.template.spec as { volumes: { configMap?: { name: string } }[] };
    for (const { configMap } of volumes) if (configMap) expect(configMap.name).toMatch(/-[a-z0-9]{10}$/);
    expect(stdout).not.toMatch(/helm[.]sh|managed-by/);
  });
});
