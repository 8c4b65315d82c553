import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SUITE } from '../../src/conformance/index.js';
import { runTributary } from '../support/cli.js';
import { blocksRunBy, commandsOf } from '../support/documents.js';
import { HANDLERS, ROOT } from '../support/start-host.js';
import { PYTHON } from '../support/sub-runtime.js';

const HANDLER = join(HANDLERS, 'conformance/node/conformance.cjs');
const OWN_LANGUAGE = join(ROOT, 'examples/bring-your-own-language/sub_runtime.py');

/** What the sub-runtime of 30 lines leaves out. */
const UNCLAIMED = ['import-errors', 'plain-results', 'bytes-results', 'chunked-requests', 'invocation-logs', 'drain'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.concurrent('tributary verify', () => {
  it('says of each sentence of the protocol that a sub-runtime keeps it', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await runTributary(['verify', '--handler', HANDLER]);
    expect(stderr).toBe('');
    expect(stdout.match(/^ok {4}/gm)).toHaveLength(SUITE.length);
    expect(stdout).toMatch(new RegExp(`\\n${SUITE.length} held, 0 failed, 0 not claimed\\n$`));
    expect(code).toBe(0);
  });

  it("checks anyone's command, and leaves out what it does not claim", { timeout: 120_000 }, async () => {
    const { code, stdout } = await runTributary(
      [
        'verify',
        '--handler',
        join(HANDLERS, 'conformance/python/own_language.py'),
        ...UNCLAIMED.flatMap((claim) => ['--without', claim]),
        '--',
        PYTHON,
        OWN_LANGUAGE,
      ],
      { PYTHONPATH: join(HANDLERS, 'conformance/python'), PYTHONUNBUFFERED: '1' },
    );
    expect(stdout).toMatch(/^- {5}section .* \(does not claim drain: /m);
    expect(stdout).toMatch(/ 0 failed, \d+ not claimed\n$/);
    expect(code).toBe(0);
  });

  it('is called as docs/sub-runtimes.md says', () => {
    const [shipped = '', settings = '', own = ''] = blocksRunBy('docs/sub-runtimes.md', 'verify-command').flatMap(
      commandsOf,
    );
    expect(shipped).toBe(`tributary verify --handler ${relative(ROOT, HANDLER)}`);
    const python = relative(ROOT, join(HANDLERS, 'conformance/python'));
    expect(settings).toBe(`export PYTHONPATH=${python} PYTHONUNBUFFERED=1`);
    const claims = UNCLAIMED.map((claim) => `--without ${claim}`).join(' ');
    expect(own.split(/ +/).join(' ')).toBe(
      `tributary verify --handler ${python}/own_language.py ${claims} -- python3 ${relative(ROOT, OWN_LANGUAGE)}`,
    );
  });

  it('says what does not hold, why, and what the sub-runtime printed; exit code 1', { timeout: 120_000 }, async () => {
    const file = join(folder, 'wrong.cjs');
    writeFileSync(
      file,
      `require('node:http').createServer((request, response) => {
        request.resume().on('end', () => { console.log('asked'); response.end('always the same'); });
      }).listen(process.env.SCW_UPSTREAM_PORT, '127.0.0.1');`,
    );
    const { code, stdout } = await runTributary(['verify', '--handler', HANDLER, '--', process.execPath, file]);
    expect(stdout).toMatch(/^FAIL {2}section 3: the event reaches the function as it was sent\n {8}\S/m);
    expect(stdout).toMatch(/^ {8}asked$/m);
    expect(stdout).toMatch(/ [1-9]\d* failed, 0 not claimed\n$/);
    expect(code).toBe(1);
  });

  it('says of a command that does not start that nothing holds', async () => {
    const { code, stdout } = await runTributary(['verify', '--handler', HANDLER, '--', 'no-such-command']);
    expect(stdout).toContain('no-such-command');
    expect(stdout).toMatch(/^0 held, /m);
    expect(code).toBe(1);
  });

  it.each([
    [['--'], 'expected --handler PATH, or SCW_HANDLER_PATH'],
    [['--handler', 'x', '--without', 'everything'], '--without everything is none of handler-names, '],
    [['--what'], "Unknown option '--what'"],
  ])('exit code 64 for %j', async (args, message) => {
    const { code, stdout, stderr } = await runTributary(['verify', ...args]);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^tributary verify: [^\n]*; see tributary verify --help\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });

  it('explains itself', async () => {
    const { code, stdout } = await runTributary(['verify', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--without CLAIM');
  });
});
