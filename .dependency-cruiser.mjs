/** Who may import whom, as docs/architecture.md tells it. `npm run lint` checks it. */

const SPEC = '[.]spec[.]ts$';
/** The files that put the application together; they may import all. */
const ASSEMBLY = '^src/(main|host|app[.]module|config-schema|read-config)[.]ts$';

/**
 * Files of `from` may import, of `src/`, only themselves, `errors`, `figures`, the helpers and tokens of `config`, and `allowed`.
 *
 * @param {string} name
 * @param {string} from Regular expression of paths.
 * @param {readonly string[]} allowed Paths below `src/`.
 */
function mayImportOnly(name, from, allowed, comment) {
  const paths = ['errors[.]ts$', 'config/', 'figures/', ...allowed].map((path) => `^src/${path}`);
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: SPEC },
    to: { path: '^src/', pathNot: [from, ...paths] },
  };
}

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one concept, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'config-imports-only-errors',
      comment: 'The config classes are handed to it by config-schema.',
      severity: 'error',
      from: { path: '^src/config/', pathNot: SPEC },
      to: { path: '^src/', pathNot: ['^src/config/', '^src/errors[.]ts$'] },
    },
    {
      name: 'figures-import-nothing',
      comment: 'Plain data: who counts knows nothing of who shows it.',
      severity: 'error',
      from: { path: '^src/figures/', pathNot: SPEC },
      to: { path: '^src/', pathNot: '^src/figures/' },
    },
    {
      name: 'errors-import-nothing',
      severity: 'error',
      from: { path: '^src/errors[.]ts$' },
      to: { path: '^src/' },
    },
    mayImportOnly(
      'invocation-is-the-core',
      '^src/invocation/',
      [],
      'The core knows no trigger, no Prometheus, no NATS.',
    ),
    mayImportOnly('auth-stands-alone', '^src/auth/', [], 'Who may invoke is decided from the token alone.'),
    mayImportOnly(
      'nats-is-the-connection',
      '^src/nats/',
      [],
      'The connection and the names of our streams, nothing else.',
    ),
    mayImportOnly('lifecycle', '^src/lifecycle/', ['invocation/'], 'It ends what the core runs, in order.'),
    mayImportOnly('dead-letters', '^src/dead-letters/', ['invocation/', 'nats/']),
    mayImportOnly(
      'durable',
      '^src/durable/',
      ['invocation/', 'nats/', 'dead-letters/'],
      'It takes the messages of a consumer to the function, whatever trigger they are of.',
    ),
    mayImportOnly('queue', '^src/queue/', ['invocation/', 'nats/', 'durable/', 'dead-letters/']),
    mayImportOnly('conformance', '^src/conformance/', ['invocation/'], 'It speaks the wire protocol.'),
    mayImportOnly(
      'triggers-share',
      '^src/triggers/[^/]+[.]ts$',
      ['triggers/', 'invocation/', 'nats/', 'durable/', 'dead-letters/', 'queue/', 'auth/'],
      'What all triggers use, and the list of them.',
    ),
    {
      name: 'only-the-list-knows-the-kinds',
      comment: 'A further kind of trigger is one folder and one line in triggers.module.',
      severity: 'error',
      from: { path: '^src/triggers/[^/]+[.]ts$', pathNot: ['^src/triggers/triggers[.]module[.]ts$', SPEC] },
      to: { path: '^src/triggers/[^/]+/' },
    },
    {
      name: 'a-trigger-knows-no-other',
      severity: 'error',
      from: { path: '^src/triggers/([^/]+)/', pathNot: SPEC },
      to: { path: '^src/triggers/([^/]+)/', pathNot: '^src/triggers/$1/' },
    },
    {
      name: 'a-trigger',
      comment: 'A trigger turns what it receives into an event and an outcome into an answer.',
      severity: 'error',
      from: { path: '^src/triggers/[^/]+/', pathNot: SPEC },
      to: {
        path: '^src/',
        pathNot: '^src/(errors[.]ts$|(config|figures|invocation|nats|durable|dead-letters|queue|auth|triggers)/)',
      },
    },
    {
      name: 'nobody-imports-an-observer',
      comment: 'Telemetry and the admin port observe: what they watch does not know of them, nor they of each other.',
      severity: 'error',
      from: { pathNot: [ASSEMBLY, '^src/(telemetry|admin|cli)/', SPEC] },
      to: { path: '^src/(telemetry|admin)/' },
    },
    {
      name: 'the-page-runs-elsewhere',
      comment: 'In a browser: of the host it knows the shape of what it is told, and the host nothing of it.',
      severity: 'error',
      from: { path: '^src/admin/page/', pathNot: SPEC },
      to: { path: '^src/', pathNot: '^src/(admin/page|figures)/' },
    },
    {
      name: 'nobody-imports-the-page',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/admin/page/' },
      to: { path: '^src/admin/page/' },
    },
    {
      name: 'observers-stay-apart',
      severity: 'error',
      from: { path: '^src/(telemetry|admin)/', pathNot: SPEC },
      to: { path: '^src/(telemetry|admin)/', pathNot: '^src/$1/' },
    },
    {
      name: 'nobody-imports-the-top',
      comment: 'The assembly and the commands stand on top.',
      severity: 'error',
      from: { pathNot: [ASSEMBLY, '^src/cli/', SPEC] },
      to: { path: [ASSEMBLY, '^src/cli/'] },
    },
    {
      name: 'main-loads-little',
      comment: 'What main imports delays the spawn of the sub-runtime; the host is loaded after it.',
      severity: 'error',
      from: { path: '^src/main[.]ts$' },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'src-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'src-needs-no-test',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: `^(test|scripts|bench)/|${SPEC}` },
    },
    {
      name: 'everything-is-found',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
