import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commandsOf,
  type Document,
  documents,
  type Fence,
  isShell,
  readDocument,
} from '../../test/support/documents.js';
import { ROOT } from '../../test/support/start-host.js';

/** What a block may need that no test here has. */
const NEEDS = ['cluster', 'engine', 'nats-cli', 'root', 'network', 'quiet-machine'];

/** Programs that say themselves what they need. */
const PROGRAMS: Readonly<Record<string, string>> = {
  docker: 'engine',
  podman: 'engine',
  kubectl: 'cluster',
  helm: 'cluster',
  kind: 'cluster',
  systemctl: 'root',
  journalctl: 'root',
  sudo: 'root',
};

/**
 * Pages whose test reads all of their blocks, or does the same in its own way, so that none is marked. The first four are
 * copied by `tributary init` to its users, who have no use for marks.
 */
const RUN_AS_A_WHOLE: Readonly<Record<string, string>> = {
  'examples/node/README.md': 'documents',
  'examples/typescript/README.md': 'documents',
  'examples/python/README.md': 'documents',
  'examples/go/README.md': 'init-command',
  'docs/getting-started.md': 'getting-started',
  'docs/deployment/docker.md': 'deploy-docker',
  'docs/deployment/compose.md': 'deploy-compose',
  'docs/deployment/systemd.md': 'deploy-systemd',
  'docs/deployment/kubernetes.md': 'kubernetes-manifests',
};

/** The documents for users: all but those that tell of the past. */
const all = documents().filter(({ page }) => !page.startsWith('docs/decisions/') && page !== 'CHANGELOG.md');

const programOf = (command: string) => /^(?:\w+=\S* )*([\w./-]+)/.exec(command.trim())?.[1] ?? '';

/** The file of a test by its name: `documents`, or a path. */
function fileOf(test: string): string {
  return test.includes('/') ? test : `test/e2e/${test}.e2e-spec.ts`;
}

/** Why nobody knows whether a block is true; `undefined` where a test runs it, or it says what it needs. */
function problemOf(fence: Fence): string | undefined {
  const { needs, 'run-by': given, ...unknown } = fence.marks;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) return `unknown mark ${stray}`;
  if (needs !== undefined) return NEEDS.includes(needs) ? undefined : `needs=${needs} is none of ${NEEDS.join(', ')}`;
  if (commandsOf(fence).some((command) => programOf(command) in PROGRAMS)) return undefined;
  const whole = RUN_AS_A_WHOLE[fence.page];
  if (whole !== undefined) return existsSync(join(ROOT, fileOf(whole))) ? undefined : `there is no ${fileOf(whole)}`;
  if (given === undefined) return 'mark it: run-by=NAME of the test that runs it, or needs=WHAT';
  return problemOfTest(fence, fileOf(given));
}

function problemOfTest({ page, code }: Fence, file: string): string | undefined {
  if (!existsSync(join(ROOT, file))) return `there is no ${file}`;
  // It runs whatever is marked for it, on every page.
  if (file === fileOf('documents')) return undefined;
  const test = readFileSync(join(ROOT, file), 'utf8');
  const missing = commandsOf({ code }).filter((command) => !test.includes(command.trim()));
  return isNamedIn(test, page) || missing.length === 0
    ? undefined
    : `${file} neither reads ${page} nor runs ${missing[0]}`;
}

/** By its path, or as the folder of an example. */
function isNamedIn(test: string, page: string): boolean {
  const folder = page.startsWith('examples/') ? [dirname(page), `'${basename(dirname(page))}'`] : [];
  return [page, ...folder].some((name) => test.includes(name));
}

function problemsOf({ page, fences, indented }: Document): string[] {
  return [
    ...fences.filter(isShell).flatMap((fence) => told(page, fence.line, problemOf(fence))),
    ...indented
      .filter(({ code }) => /^(npm|npx|node|tributary|curl|export|docker|kubectl|nats|go|python3?) /m.test(code))
      .flatMap(({ line }) => told(page, line, 'commands stand in sh blocks')),
  ];
}

function told(page: string, line: number, problem: string | undefined): string[] {
  return problem === undefined ? [] : [`${page}:${line}: ${problem}`];
}

describe('the commands of all documents', () => {
  it('are run by a test, or say what they need', () => {
    expect(all.flatMap(({ fences }) => fences.filter(isShell)).length).toBeGreaterThan(30);
    expect(all.flatMap(problemsOf)).toEqual([]);
  });

  it.each([
    ['```sh\ncurl http://localhost/\n```', 'mark it'],
    ['- a\n\n  ```bash\n  curl http://localhost/\n  ```', 'mark it'],
    ['```sh needs=luck\ncurl http://localhost/\n```', 'needs=luck is none of cluster'],
    ['```sh runby=documents\ncurl http://localhost/\n```', 'unknown mark runby'],
    ['```sh run-by=no-such\ncurl http://localhost/\n```', 'there is no test/e2e/no-such.e2e-spec.ts'],
    ['```sh run-by=auth\ncurl http://localhost/\n```', 'neither reads x.md nor runs curl http://localhost/'],
    ['text\n\n    tributary start | jq .\n', 'commands stand in sh blocks'],
  ])('are found out in %j', (text, problem) => {
    expect(problemsOf(readDocument('x.md', text))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    '```sh\ndocker build -t hello .\ncurl http://localhost/\n```',
    '```sh\nexport A=1\nKUBECONFIG=x kubectl get pods\n```',
    '```sh needs=nats-cli\nnats stream report\n```',
    '```sh run-by=documents\ntributary start\n```',
    '```json\n{}\n```',
  ])('need no more than %j has', (text) => {
    expect(problemsOf(readDocument('x.md', text))).toEqual([]);
  });
});
