import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { toolPath } from '../../scripts/tools.mjs';
import type { ContainerEngine } from './container-engine.js';
import { ROOT } from './start-host.js';

const TOOLS = join(ROOT, '.tools');
const DOCKERFILE = join(ROOT, 'deploy/docker/Dockerfile');

/** What this machine trusts when it speaks to a registry. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const output = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' }).trim();

/** The tag that the Dockerfile pins an image to, and its parts. */
function pinned(argument: string): { image: string; version: string; release: string } {
  const line = new RegExp(`^ARG ${argument}=(\\w+:(\\d+\\.\\d+\\.\\d+)-(\\w+)(?:-slim)?)$`, 'm');
  const [, image, version, release] = line.exec(readFileSync(DOCKERFILE, 'utf8')) ?? [];
  if (!image || !version || !release) throw new Error(`${argument} is not pinned to a version of a release`);
  return { image, version, release };
}

/** The program of one version of Node, from a package of npm. Kept for the next time. */
function node(version: string): string {
  const folder = join(TOOLS, `node-${version}`);
  const program = join(folder, 'package/bin/node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const archive = join(
    folder,
    output('npm', 'pack', '--silent', '--pack-destination', folder, `node-linux-${process.arch}@${version}`),
  );
  execFileSync('tar', ['--extract', '--file', archive, '--directory', folder, 'package/bin/node']);
  rmSync(archive);
  return program;
}

/**
 * Debian without anything, from Debian's packages; in it the version of Node, this machine's npm, and the user that Node's
 * image has. Kept for the next time.
 */
function debianWithNode(release: string, version: string): string {
  const archive = join(TOOLS, `${release}-node-${version}.tar`);
  if (existsSync(archive)) return archive;
  const program = toolPath('mmdebstrap');
  if (!program) throw new Error('mmdebstrap is missing: run node scripts/tools.mjs mmdebstrap');
  const unfinished = join(TOOLS, `${release}-node-${version}.${process.pid}.tar`);
  const npm = join(output('npm', 'root', '--global'), 'npm');
  const hooks = [
    `copy-in ${node(version)} /usr/local/bin`,
    'mkdir -p "$1/usr/local/lib/node_modules"',
    `copy-in ${npm} /usr/local/lib/node_modules`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
    `mkdir -p "$1/etc/ssl/certs" && cp ${CERTIFICATES} "$1${CERTIFICATES}"`,
    'chroot "$1" useradd --uid 1000 --create-home node',
  ].map((hook) => `--customize-hook=${hook}`);
  const options = ['--quiet', '--mode=root', '--variant=apt', '--include=passwd', ...hooks];
  execFileSync(program, [...options, release, unfinished], { stdio: 'pipe' });
  renameSync(unfinished, archive);
  return archive;
}

export interface BaseImages {
  readonly nodeVersion: string;
  /** Whether there is one for Go. */
  readonly hasGo: boolean;
}

/**
 * Stand-ins for the images that the Dockerfile begins with, under their names, since there is no registry here. Go is this
 * machine's, most likely older than the one that is pinned, and mounted while images are built; where it has none there is
 * no image for it.
 */
export async function importBaseImages(engine: ContainerEngine): Promise<BaseImages> {
  const { image, version, release } = pinned('NODE_IMAGE');
  const variables = {
    NODE_VERSION: version,
    PATH: '/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    NODE_EXTRA_CA_CERTS: CERTIFICATES,
    npm_config_registry: output('npm', 'config', 'get', 'registry'),
  };
  const changes = Object.entries(variables).map(([name, value]) => `--change 'ENV ${name}=${value}'`);
  await succeed(
    engine,
    `docker import ${changes.join(' ')} '${debianWithNode(release, version)}' docker.io/library/${image}`,
  );
  const hasGo = toolPath('go') !== undefined;
  if (hasGo) await succeed(engine, `docker tag ${image} docker.io/library/${pinned('GO_IMAGE').image}`);
  return { nodeVersion: version, hasGo };
}

/** What builds find at its place beside what is in their images, so that nothing is fetched or copied that is here already. */
export function mountsOfBuilds(): readonly string[] {
  const go = toolPath('go');
  return [
    `${output('npm', 'config', 'get', 'cache')}:/root/.npm`,
    ...(go ? mountsOfGo(output(go, 'env', 'GOROOT')) : []),
  ];
}

/** Debian has the sources of the standard library in another folder, and a link to it. */
function mountsOfGo(root: string): string[] {
  const place = '/usr/local/go';
  const sources = join(root, 'src');
  const cache = join(TOOLS, 'go-cache/build');
  mkdirSync(cache, { recursive: true });
  const mounts = [`${root}:${place}:ro`, `${cache}:/root/.cache/go-build`];
  if (!lstatSync(sources).isSymbolicLink()) return mounts;
  return [...mounts, `${dirname(realpathSync(sources))}:${dirname(join(place, readlinkSync(sources)))}:ro`];
}

async function succeed(engine: ContainerEngine, lines: string): Promise<void> {
  const { code, stdout, stderr } = await engine.build(engine.place, lines);
  if (code !== 0) throw new Error(`${lines} ended with ${code}:\n${stdout}${stderr}`);
}
