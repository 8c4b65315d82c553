import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_CLAIMS, Conformance, type ConformanceTarget, SUITE } from '../../src/conformance/index.js';
import { buildGoProgram, type GoProgram } from '../fixtures/handlers/go-program.js';
import { HANDLERS, ROOT } from '../support/start-host.js';
import { PYTHON, RUNS_TYPESCRIPT } from '../support/sub-runtime.js';

const FIXTURES = join(HANDLERS, 'conformance');
/** Whatever the environment of the tests says, so that it is the sub-runtime that flushes. */
const PYTHON_ENVIRONMENT = { SCW_RUNTIME_BINARY: PYTHON, PYTHONUNBUFFERED: '' };
const OWN_LANGUAGE = join(ROOT, 'examples/bring-your-own-language/sub_runtime.py');

let goProgram: GoProgram;
beforeAll(() => (goProgram = buildGoProgram('test/fixtures/handlers/conformance/go')));
afterAll(() => goProgram.remove());

interface Candidate extends Omit<ConformanceTarget, 'environment'> {
  readonly environment: () => Record<string, string>;
}

function shipped(name: string, file: string, more: Record<string, string> = {}): Candidate {
  const environment = () => ({ SCW_HANDLER_PATH: join(FIXTURES, file), ...more });
  return { name, environment, claims: ALL_CLAIMS };
}

const candidates: readonly Candidate[] = [
  shipped('runtimes/node, CommonJS', 'node/conformance.cjs'),
  shipped('runtimes/node, ES module', 'node/conformance.mjs'),
  // What an older Node says instead is in sub-runtime-node.e2e-spec.ts.
  ...(RUNS_TYPESCRIPT ? [shipped('runtimes/node, TypeScript', 'node/conformance.ts')] : []),
  shipped('runtimes/python3, plain functions', 'python/conformance.py', PYTHON_ENVIRONMENT),
  shipped('runtimes/python3, async functions', 'python/conformance_async.py', {
    ...PYTHON_ENVIRONMENT,
    SCW_HANDLER_NAME: 'echo',
  }),
  shipped('runtimes/python3, async functions beside a plain one', 'python/conformance_async.py', {
    ...PYTHON_ENVIRONMENT,
    SCW_HANDLER_NAME: 'bytes',
  }),
  {
    name: 'runtimes/go',
    environment: () => ({ SCW_HANDLER_PATH: goProgram.path, SCW_HANDLER_IS_BINARY: 'true' }),
    // It is the handler: there is nothing to load.
    claims: ALL_CLAIMS.filter((claim) => claim !== 'import-errors'),
  },
  {
    name: 'examples/bring-your-own-language',
    command: [PYTHON, OWN_LANGUAGE],
    environment: () => ({
      SCW_HANDLER_PATH: join(FIXTURES, 'python/own_language.py'),
      PYTHONPATH: join(FIXTURES, 'python'),
      PYTHONUNBUFFERED: '1',
    }),
    claims: ['handler-names', 'concurrency', 'keep-alive'],
  },
];

for (const candidate of candidates) {
  describe(candidate.name, () => {
    let conformance: Conformance;
    beforeAll(
      () =>
        (conformance = new Conformance({ ...candidate, environment: { ...process.env, ...candidate.environment() } })),
    );
    afterAll(() => conformance.close());

    for (const conformanceCase of SUITE) {
      it(conformanceCase.title, async ({ skip }) => {
        const result = await conformance.check(conformanceCase);
        if (result.kind === 'skipped') skip(result.reason);
        expect(result).toEqual({ kind: 'held' });
      });
    }
  });
}
