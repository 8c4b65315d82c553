import { inProject } from '../lib/root.mjs';

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

/**
 * Fastify requires these, and nothing here uses them: they are loaded when something of them is asked for. Only for
 * `require`: an `import` binds names, which asks at once.
 */
const ON_DEMAND = /^node:(https|http2)$/;

export const builtinsOnDemand = {
  name: 'builtins-on-demand',
  setup(build) {
    build.onResolve({ filter: ON_DEMAND }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'on-demand' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'on-demand' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => process.getBuiltinModule(${JSON.stringify(path)})[name] });`,
    }));
  },
};
