import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './start-host.js';

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** The compose file that ships, and where it is: paths in it are relative to that. */
export const COMPOSE_FOLDER = join(ROOT, 'deploy/compose');

export function readComposeFile(): ComposeFile {
  return parse(readFileSync(join(COMPOSE_FOLDER, 'compose.yaml'), 'utf8')) as ComposeFile;
}

export function serviceOf(file: ComposeFile, name: string): ComposeService {
  const service = file.services[name];
  if (!service) throw new Error(`the compose file has no service ${name}`);
  return service;
}

/** The files and folders of this repository that a service gets, by their paths in the container. */
export function mountsOf({ volumes = [] }: ComposeService): ReadonlyMap<string, string> {
  const parts = volumes.map((volume) => volume.split(':'));
  const bound = parts.filter(([source = '']) => source.startsWith('.'));
  return new Map(bound.map(([source = '', target = '']) => [target, join(COMPOSE_FOLDER, source)]));
}

/** Where a path of a service's container comes from; throws where nothing of this repository is there. */
export function sourceOf(service: ComposeService, path: string): string {
  for (let parent = path; parent !== '/'; parent = dirname(parent)) {
    const source = mountsOf(service).get(parent);
    if (source) return join(source, path.slice(parent.length));
  }
  throw new Error(`nothing of this repository is at ${path} in the container`);
}
