import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../test/support/start-host.js';

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly object[];
}

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const LICENCES = join(ROOT, 'dist/bundle/LICENCES.txt');
const { name, version, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  dependencies: Record<string, string>;
};

/** What `npm ci --omit dev` installs. */
function forProduction(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; dev?: boolean }>;
  };
  const shipped = Object.entries(packages).filter(([place, { dev }]) => place !== '' && !dev);
  return shipped.map(([place, { version }]) => `${place.split('node_modules/').at(-1)} ${version}`);
}

let sbom: Sbom;
beforeAll(async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, maxBuffer: 2 ** 24 });
  sbom = JSON.parse(stdout) as Sbom;
}, 60_000);

describe('npm run sbom', () => {
  it('lists the package and what it depends on in production, with licences and digests, in CycloneDX', () => {
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(Number(sbom.specVersion)).toBeGreaterThanOrEqual(1.5);
    expect(sbom.metadata.component).toMatchObject({ name, version, purl: `pkg:npm/${name}@${version}` });
    const names = sbom.components.map((component) => component.name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names.filter((one) => ['vitest', 'typescript', '@nestjs/cli'].includes(one))).toEqual([]);
    expect(sbom.components).toHaveLength(forProduction().length);
    expect(sbom.components.map(({ name, version }) => `${name} ${version}`)).toEqual(
      expect.arrayContaining(forProduction()),
    );
    for (const component of sbom.components) {
      expect(component.purl, component.name).toMatch(/^pkg:npm\//);
      expect(component.licenses, component.name).toHaveLength(1);
      expect(component.hashes, component.name).toHaveLength(1);
    }
  });

  it('says what depends on what, and nothing of what it does not list', () => {
    const refs = [sbom.metadata.component, ...sbom.components].map((component) => component['bom-ref']);
    expect(sbom.dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    expect(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual([]);
    const root = sbom.dependencies.find(({ ref }) => ref === sbom.metadata.component['bom-ref']);
    expect(root?.dependsOn).toHaveLength(Object.keys(dependencies).length);
  });

  it('names no registry', () => {
    expect(JSON.stringify(sbom)).not.toMatch(/"type":"distribution"/);
  });

  it.runIf(existsSync(LICENCES))('lists every package that is in the bundle', () => {
    const listed = sbom.components.map((component) => `${component.name} ${component.version}`);
    const bundled = [...readFileSync(LICENCES, 'utf8').matchAll(/^=== (\S+ \S+) \(/gm)].map(([, found]) => found);
    expect(bundled.length).toBeGreaterThan(30);
    expect(listed).toEqual(expect.arrayContaining(bundled));
  });
});
