import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Manifest, workloadOf } from './chart.js';

/** Content of the Secrets that the chart takes for granted. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly emptyDir?: object;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
}

/** As the kubelet names what it wrote. */
const VERSION = '..2026_01_01_00_00_00.000000001';

/** The one container of the rendered pods. */
export function containerOf(manifests: readonly Manifest[]) {
  return workloadOf(manifests).spec.template.spec.containers[0];
}

/** The variables of the container that have a text of their own. */
export function envOf(manifests: readonly Manifest[]): Record<string, string> {
  const variables = containerOf(manifests).env as Variable[];
  return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** The files that the mounted ConfigMaps and Secrets bring into the container, with their content. */
export function filesOf(manifests: readonly Manifest[], secrets: Secrets = {}): Map<string, string> {
  const { template, volumeClaimTemplates = [] } = workloadOf(manifests).spec;
  const disks = (volumeClaimTemplates as Manifest[]).map(({ metadata }): Volume => metadata);
  const volumes = [...(template.spec.volumes as Volume[]), ...disks];
  const mounts = containerOf(manifests).volumeMounts as Mount[];
  const files = new Map<string, string>();
  for (const { name, mountPath } of mounts) {
    const volume = volumes.find((one) => one.name === name);
    if (!volume) throw new Error(`there is no volume ${name} for ${mountPath}`);
    for (const [file, content] of Object.entries(contentOf(volume, manifests, secrets))) {
      files.set(`${mountPath}/${file}`, content);
    }
  }
  return files;
}

function contentOf(
  { configMap, secret }: Volume,
  manifests: readonly Manifest[],
  secrets: Secrets,
): Readonly<Record<string, string>> {
  if (configMap) return named(manifests, 'ConfigMap', configMap.name)?.data ?? missing(`ConfigMap ${configMap.name}`);
  if (!secret) return {};
  const { secretName } = secret;
  const made = named(manifests, 'Secret', secretName)?.stringData;
  return made ?? secrets[secretName] ?? missing(`Secret ${secretName}`);
}

function named(manifests: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return manifests.find((one) => one.kind === kind && one.metadata.name === name);
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}

/**
 * Writes the files of the container under a folder, as the kubelet does: in a folder of their own, to which links lead, so that all
 * can be replaced at once. Gives the container's variables with the paths of those files as they are there: what a process of
 * this machine needs to be in the place of the container.
 */
export function layOut(manifests: readonly Manifest[], folder: string, secrets: Secrets = {}): Record<string, string> {
  const files = filesOf(manifests, secrets);
  for (const [path, content] of files) {
    const mount = join(folder, dirname(path));
    mkdirSync(join(mount, VERSION), { recursive: true });
    writeFileSync(join(mount, VERSION, basename(path)), content);
    if (!existsSync(join(mount, '..data'))) symlinkSync(VERSION, join(mount, '..data'));
    symlinkSync(join('..data', basename(path)), join(mount, basename(path)));
  }
  const isInside = (value: string) => [...files.keys()].some((path) => path === value || path.startsWith(`${value}.`));
  const env = envOf(manifests);
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, isInside(value) ? join(folder, value) : value]),
  );
}
