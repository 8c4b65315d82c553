#!/usr/bin/env node
/**
 * `npm run --silent sbom`: what the package is made of, as CycloneDX, on standard output: the packages of the lock file for
 * production, all of which an installation fetches, and most of which are in the bundle.
 *
 * It is npm's, without what is for development alone: `npm sbom --omit dev` of npm 11 leaves out what the host and a tool of
 * the development both depend on, `@nestjs/core` among it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inProject, ROOT } from './lib/root.mjs';

const DEVELOPMENT = 'cdx:npm:package:development';

const isShipped = ({ properties = [] }) => !properties.some(({ name }) => name === DEVELOPMENT);

function npmSbom() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'inherit'] };
  return JSON.parse(execFileSync('npm', args, options));
}

const { metadata, components, dependencies, ...rest } = npmSbom();
const shipped = components.filter(isShipped);
const refs = new Set([metadata.component, ...shipped].map((component) => component['bom-ref']));
// npm calls the package by the folder that it lies in, and has it depend on what its development needs.
const { name, dependencies: own } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
const ownRefs = new Set(shipped.filter((component) => component.name in own).map((component) => component['bom-ref']));
const dependenciesOf = (ref) => (ref === metadata.component['bom-ref'] ? ownRefs : refs);
const sbom = {
  ...rest,
  metadata: { ...metadata, component: { ...metadata.component, name } },
  components: shipped,
  dependencies: dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => dependenciesOf(ref).has(one)) })),
};
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`);
