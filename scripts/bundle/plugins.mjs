import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inProject, ROOT } from '../lib/root.mjs';

/** `import('./host.js')` in the bundle of `main` loads the other bundle, with its code cache. */
export const hostBySeparateBundle = {
  name: 'host-by-separate-bundle',
  setup(build) {
    build.onResolve({ filter: /^\.\/host\.js$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: inProject('scripts/bundle/load-host.cjs') } : undefined,
    );
  },
};

/** `make-code-cache` loads the `main` that lies beside it when it runs. */
export const neighboursStay = {
  name: 'neighbours-stay',
  setup(build) {
    build.onResolve({ filter: /^\.\/main\.cjs$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** What Nest, Fastify and the others would use if it were installed, and do without if it is not. */
const OPTIONAL = [
  /^@nestjs\/(microservices|websockets|platform-express|platform-socket\.io)(\/|$)/,
  /^class-transformer(\/|$)/,
  /^@fastify\/(multipart|static|view)$/,
  /^(file-type|pino-pretty|bufferutil|utf-8-validate)$/,
];

/**
 * Optional packages throw at once what Node would throw after a search of the disk, whether they are installed here or
 * not: what ships does not depend on it. Any other package that cannot be found is an error of the build.
 */
export const withoutOptionalPackages = {
  name: 'without-optional-packages',
  setup(build) {
    for (const filter of OPTIONAL) {
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'optional-package' }));
    }
    build.onLoad({ filter: /.*/, namespace: 'optional-package' }, ({ path }) => ({
      contents: `throw Object.assign(new Error(${JSON.stringify(`${path} is not part of this bundle`)}), { code: 'MODULE_NOT_FOUND' });`,
    }));
  },
};

/** Packages whose modules for Node are one piece, by the entries of which the bundler takes what is used. */
const IN_PIECES = {
  'class-validator': 'node_modules/class-validator/esm2015/index.js',
  rxjs: 'node_modules/rxjs/dist/esm/index.js',
  'rxjs/operators': 'node_modules/rxjs/dist/esm/operators/index.js',
};

/** What is left out is read, compiled and run at no start: two rules in three of class-validator, most of rxjs. */
export const inPieces = {
  name: 'in-pieces',
  setup(build) {
    for (const [name, entry] of Object.entries(IN_PIECES)) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ kind, path }) =>
        // Whoever asks for it while it runs, as Nest's ValidationPipe would, wants all of it.
        kind === 'import-statement'
          ? { path: inProject(entry), sideEffects: false }
          : { path, namespace: 'optional-package' },
      );
    }
  },
};

/** What packages load at once for features that this host has no use for. Whoever comes to use one is told. */
const UNUSED = [
  // The telephone numbers of the world, for one rule of class-validator.
  /^libphonenumber-js/,
  // Threads for pino's transports; they load files by name, which a bundle has not.
  /^thread-stream$/,
  // No route has a schema (src/config/no-schemas.ts); nobody but a test calls a server without a network.
  /^@fastify\/(ajv-compiler|fast-json-stringify-compiler)$/,
  /^light-my-request$/,
  /^@fastify\/cors$/,
];

export const withoutUnusedFeatures = {
  name: 'without-unused-features',
  setup(build) {
    for (const filter of UNUSED) build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused-feature' }));
    build.onLoad({ filter: /.*/, namespace: 'unused-feature' }, ({ path }) => ({
      contents: `module.exports = function () { throw new Error(${JSON.stringify(`${path} is not part of this bundle`)}); };`,
    }));
  },
};

/** Of some modules that take a millisecond or two to load, one thing is used, which there is without them. */
const IN_PART = {
  // How long something took.
  perf_hooks: `exports.performance = { now: () => Number(process.hrtime.bigint()) / 1e6 };`,
  // The host is never run in a worker.
  worker_threads: `exports.isMainThread = true;`,
  assert: `module.exports = (value, ...rest) => value || process.getBuiltinModule('node:assert')(value, ...rest);`,
  // Whether a plugin is for this Fastify: in a bundle, versions are what they were when it was made and tested.
  semver: `exports.satisfies = () => true;`,
};

/** Who is known to use no more of them. */
const USES_A_PART =
  /\/(@nestjs\/core\/injector\/injector|fastify\/lib\/(logger-factory|plugin-utils)|find-my-way\/.*|pino\/lib\/tools)\.js$/;

export const modulesInPart = {
  name: 'modules-in-part',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(node:)?(${Object.keys(IN_PART).join('|')})$`) }, ({ path, importer }) =>
      USES_A_PART.test(importer) ? { path: path.replace('node:', ''), namespace: 'in-part' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'in-part' }, ({ path }) => ({ contents: IN_PART[path] }));
  },
};

/** Nest and Fastify ask for these at once, and nothing here uses them: they are loaded when something of them is asked for. */
const BUILTINS_ON_DEMAND = /^(node:)?(dns|http2|https|tls)$/;

export const builtinsOnDemand = {
  name: 'builtins-on-demand',
  setup(build) {
    build.onResolve({ filter: BUILTINS_ON_DEMAND }, ({ path }) => ({
      path: path.replace(/^(?!node:)/, 'node:'),
      namespace: 'builtin-on-demand',
    }));
    build.onLoad({ filter: /.*/, namespace: 'builtin-on-demand' }, ({ path }) => ({
      contents: namesOnDemand(Object.keys(process.getBuiltinModule(path)), `process.getBuiltinModule('${path}')`),
    }));
  },
};

/** Libraries that only some hosts have a use for: evaluated when something of them is asked for. */
const PACKAGES_ON_DEMAND = {
  // Compiled in the code cache: hosts with a schedule are many.
  cron: undefined,
  // Files of their own, which the others do not read.
  yaml: 'yaml',
  'prom-client': 'prometheus',
  '@nats-io/transport-node': 'nats',
  '@nats-io/jetstream': 'nats',
};

/** The files of libraries beside the host's, as entries for the bundler. */
export const LIBRARIES = [...new Set(Object.values(PACKAGES_ON_DEMAND).filter(Boolean))];

export const packagesOnDemand = {
  name: 'packages-on-demand',
  setup(build) {
    for (const [name, file] of Object.entries(PACKAGES_ON_DEMAND)) {
      build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ path, pluginData }) =>
        pluginData === 'asked-for' ? undefined : { path, namespace: 'package-on-demand', pluginData: file },
      );
    }
    build.onResolve({ filter: /^\.\/\w+\.cjs$/, namespace: 'package-on-demand' }, ({ path }) => ({
      path,
      external: true,
    }));
    build.onLoad({ filter: /.*/, namespace: 'package-on-demand' }, ({ path, pluginData: file }) => ({
      contents: namesOnDemand(namesOf(path), file ? `require('./${file}.cjs')['${path}']` : `require('${path}')`),
      pluginData: 'asked-for',
      resolveDir: ROOT,
    }));
  },
};

/** What `packagesOnDemand` loads: packages by name. */
export const librariesAsEntries = {
  name: 'libraries-as-entries',
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'entry-point' ? { path, namespace: 'library' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'library' }, ({ path: file }) => ({
      contents: Object.keys(PACKAGES_ON_DEMAND)
        .filter((name) => PACKAGES_ON_DEMAND[name] === file)
        .map((name) => `exports['${name}'] = require('${name}');`)
        .join('\n'),
      resolveDir: ROOT,
    }));
  },
};

const namesOf = (name) =>
  Object.keys(createRequire(inProject('package.json'))(name)).filter((key) => key !== 'default');

/** A module whose names are there, and whose values are those of the module that `load` gives, once one is asked for. */
const namesOnDemand = (names, load) => `
  let loaded;
  const load = () => (loaded ??= ${load});
  for (const name of ${JSON.stringify(names)}) {
    Object.defineProperty(module.exports, name, { enumerable: true, get: () => load()[name] });
  }`;

/**
 * What modules do when they are loaded, for features that this host has no use for; as it is written there, and what
 * takes its place. Whatever is not found any more is an error of the build.
 */
const AT_LOAD = [
  {
    // Nest's own loggers, whose place the host's takes before they write a line: Intl reads the data of the locale, which
    // costs as much as the loading of all modules beside it.
    file: /@nestjs\/common\/services\/(console-logger|logger)\.service\.js$/,
    from: 'const dateTimeFormatter = new Intl.DateTimeFormat(',
    to: 'const dateTimeFormatter = ((...options) => ({ format: (date) => new Intl.DateTimeFormat(...options).format(date) }))(',
  },
  {
    // The same functions for each of 35 methods: compiled once for a text.
    file: /find-my-way\/lib\/(handler-storage|node)\.js$/,
    from: /new Function\(/g,
    to: 'functionOf(',
    add: `
      const functions = new Map();
      function functionOf(...texts) {
        const key = texts.join('\\0');
        if (!functions.has(key)) functions.set(key, new Function(...texts));
        return functions.get(key);
      }`,
  },
];

export const lessAtLoad = {
  name: 'less-at-load',
  setup(build) {
    for (const { file, from, to, add = '' } of AT_LOAD) {
      build.onLoad({ filter: file }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const changed = text.replace(from, to);
        if (changed === text) throw new Error(`${path} has no longer: ${from}`);
        return { contents: changed + add };
      });
    }
  },
};
