#!/usr/bin/env node
/**
 * Makes `dist/bundle/`, all that ships of the host's code, from what the compiler left in `dist/esm/`:
 * `main` (spawns the sub-runtime), `host` (everything else, with V8's code cache for this Node), `cli`, and the operator's
 * `page`.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { licencesOf } from './bundle/licences.mjs';
import {
  modulesInPart,
  builtinsOnDemand,
  hostBySeparateBundle,
  inPieces,
  lessAtLoad,
  LIBRARIES,
  librariesAsEntries,
  neighboursStay,
  packagesOnDemand,
  withoutOptionalPackages,
  withoutUnusedFeatures,
} from './bundle/plugins.mjs';
import { inProject, ROOT } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';

const PLACE = inProject('dist/bundle');
/** Where it is made: what is in its place is whole at any time. */
const OUTPUT = `${PLACE}.${process.pid}`;

/** CommonJS, because that is what V8's code cache can be used for. */
const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  outdir: OUTPUT,
  absWorkingDir: ROOT,
  charset: 'ascii',
  // Not `keepNames`: it names every closure each time it is made, on the way of an event as well (measured: 15 % of the
  // host's CPU a request). So nothing may depend on the name of a class; loggers have names of their own.
  sourcemap: 'linked',
  // The text of the sources is not needed for the places in them.
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { 'import.meta.url': '__bundleUrl' },
  banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/**
 * The host's file as a script gives the function that Node makes of a CommonJS module, which needs no further copy of two
 * megabytes of text than its cache was made for; as a module, which it is where its source map is wanted, it calls it.
 */
const AS_SCRIPT_AND_MODULE = {
  banner: {
    js: `((host) => typeof module === 'undefined' ? host : host.call(exports, exports, require, module, __filename, __dirname))(function (exports, require, module, __filename, __dirname) {${COMMON.banner.js}`,
  },
  footer: { js: '})' },
};

async function bundleAll() {
  mkdirSync(OUTPUT, { recursive: true });
  // Whatever the umask says: a cache is made at run time only where nobody else can write.
  chmodSync(OUTPUT, 0o755);
  const metafiles = await bundleCode();
  writeFileSync(join(OUTPUT, 'LICENCES.txt'), licencesOf(metafiles));
  await run([process.execPath, join(OUTPUT, 'make-code-cache.cjs')]);
  refuseOwnPaths();
  rmSync(PLACE, { recursive: true, force: true });
  renameSync(OUTPUT, PLACE);
}

async function bundleCode() {
  const plugins = [
    withoutOptionalPackages,
    withoutUnusedFeatures,
    inPieces,
    modulesInPart,
    builtinsOnDemand,
    packagesOnDemand,
    lessAtLoad,
  ];
  const host = await bundle({ host: 'dist/esm/host.js' }, { plugins, ...AS_SCRIPT_AND_MODULE });
  const libraries = await bundle(Object.fromEntries(LIBRARIES.map((name) => [name, name])), {
    plugins: [librariesAsEntries],
  });
  const cli = await bundle({ cli: 'dist/esm/cli/cli.js' }, { plugins });
  const start = { main: 'dist/esm/main.js', 'make-code-cache': 'scripts/bundle/make-code-cache.cjs' };
  const main = await bundle(start, {
    plugins: [hostBySeparateBundle, neighboursStay],
    define: { ...COMMON.define, 'process.env.TRIBUTARY_BUNDLE_ID': JSON.stringify(hashOf('host.cjs')) },
  });
  return [host, libraries, cli, main, await bundlePage()];
}

/** For browsers of the last years, in which nothing has to be written differently. */
async function bundlePage() {
  copyFileSync(inProject('src/admin/page/page.html'), join(OUTPUT, 'page.html'));
  const { metafile } = await build({
    entryPoints: ['src/admin/page/page.ts', 'src/admin/page/page.css'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: OUTPUT,
    absWorkingDir: ROOT,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

async function bundle(entryPoints, options) {
  const { metafile } = await build({ ...COMMON, entryPoints, ...options });
  return metafile;
}

const hashOf = (file) =>
  createHash('sha256')
    .update(readFileSync(join(OUTPUT, file)))
    .digest('hex')
    .slice(0, 12);

/** What ships must not tell, or depend on, where it was built. */
function refuseOwnPaths() {
  const own = readdirSync(OUTPUT).filter((file) => readFileSync(join(OUTPUT, file)).includes(ROOT));
  if (own.length > 0) throw new Error(`these files name the folder of this build: ${own.join(', ')}`);
}

try {
  await bundleAll();
} catch (error) {
  console.error(error instanceof CommandFailed ? `${error.message}\n${error.output}` : error.message);
  process.exitCode = 1;
} finally {
  rmSync(OUTPUT, { recursive: true, force: true });
}
