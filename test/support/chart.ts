import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { toolPath } from '../../scripts/tools.mjs';
import { ROOT } from './start-host.js';

export const CHART = join(ROOT, 'deploy/helm/tributary');
export const HELM = toolPath('helm');

/** The oldest version that the chart supports. */
export const KUBERNETES_VERSION = '1.23.0';

export type Values = Readonly<Record<string, unknown>>;

/** An object of Kubernetes, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Labels;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // What is in it differs from kind to kind; the schema of each is checked by itself.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs helm, without anything of the user's own. */
export function helm(...args: readonly string[]): Promise<HelmResult> {
  const home = mkdtempSync(join(tmpdir(), 'tributary-helm-'));
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { PATH: process.env['PATH'], HOME: home }, maxBuffer: 16 * 1024 * 1024 };
    execFile(HELM ?? 'helm', args, options, (error, stdout, stderr) => {
      rmSync(home, { recursive: true, force: true });
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** Runs a command of helm that takes values, with these. */
export async function helmWith(values: Values, ...args: readonly string[]): Promise<HelmResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-values-'));
  const file = join(folder, 'values.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(values));
  try {
    return await helm(...args, '--values', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function template(values: Values, release = 'shop'): Promise<HelmResult> {
  return helmWith(values, 'template', release, CHART, '--kube-version', KUBERNETES_VERSION);
}

/** The objects that the chart makes of values. Throws what helm says where it makes none. */
export async function render(values: Values, release?: string): Promise<Manifest[]> {
  const { code, stdout, stderr } = await template(values, release);
  if (code !== 0) throw new Error(stderr);
  return manifestsOf(stdout);
}

/** The objects of a text with several documents; one that YAML itself finds fault with, such as a key twice, throws. */
export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const found = document.toJS() as Manifest | null;
    return found ?? [];
  });
}

/** The one object of a kind. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`expected one ${kind} ${name ?? ''}, got ${found.length}`);
  return first;
}

/** The Deployment or StatefulSet. */
export function workloadOf(manifests: readonly Manifest[]): Manifest {
  return manifests.some(({ kind }) => kind === 'StatefulSet')
    ? only(manifests, 'StatefulSet')
    : only(manifests, 'Deployment');
}
