import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Conformance } from './conformance.js';
import type { CaseResult } from './conformance-case.js';
import type { Claim } from './conformance-target.js';
import { SUITE } from './suite.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tributary-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Check {
  /** Part of the titles. */
  readonly titles: RegExp;
  readonly claims?: readonly Claim[];
  readonly timeoutMs?: number;
}

/** Checks a sub-runtime of one line of JavaScript. */
async function check(source: string, { titles, claims = [], timeoutMs }: Check): Promise<CaseResult[]> {
  const script = join(folder, 'sub-runtime.cjs');
  writeFileSync(script, source);
  const environment = { ...process.env, SCW_HANDLER_PATH: script };
  const conformance = new Conformance(
    { name: 'broken', command: [process.execPath, script], environment, claims },
    timeoutMs,
  );
  const results: CaseResult[] = [];
  for (const conformanceCase of SUITE.filter(({ title }) => titles.test(title))) {
    results.push(await conformance.check(conformanceCase));
  }
  await conformance.close();
  return results;
}

/** A server that does one thing with every request. */
const serving = (act: string) =>
  `require('node:http').createServer((request, response) => { ${act} }).listen(process.env.SCW_UPSTREAM_SOCKET);`;

describe('Conformance', { timeout: 60_000 }, () => {
  it('fails a sub-runtime that answers everything with the same text', async () => {
    const titles = /as it was sent|attempt|status, the headers|several values|is status 500 with|in pieces/;
    const results = await check(serving(`response.end('"ok"')`), { titles });
    expect(results.map(({ kind }) => kind)).toEqual(Array(6).fill('failed'));
  });

  it('fails a sub-runtime that answers an error with 200', async () => {
    const [result] = await check(serving(`response.end('no Größe in stock')`), { titles: /is status 500 with/ });
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining('expected status 500') as string });
  });

  it('fails a sub-runtime that takes one invocation after another, where it claims more', async () => {
    const serial = serving(`setTimeout(() => response.end('met'), 1e6)`);
    const [result] = await check(serial, { titles: /side by side/, claims: ['concurrency'], timeoutMs: 300 });
    expect(result).toEqual({ kind: 'failed', reason: 'it took more than 300 ms' });
  });

  it('gives what it printed as the reason where it does not start', async () => {
    const [result] = await check(`console.error('no such module'); process.exit(3);`, { titles: /as it was sent/ });
    expect(result).toMatchObject({ kind: 'failed' });
    expect(JSON.stringify(result)).toMatch(/exit code 3.*no such module/);
  });

  it('starts it again after a case that ended it', async () => {
    const crashing = serving(`process.exit(1)`);
    const results = await check(crashing, { titles: /as it was sent|attempt/ });
    expect(JSON.stringify(results)).not.toMatch(/no connection|before it listened/);
    expect(results.map(({ kind }) => kind)).toEqual(['failed', 'failed']);
  });

  it('skips what it does not claim, and says what that is', async () => {
    const [result] = await check('', { titles: /side by side/ });
    expect(result).toEqual({ kind: 'skipped', reason: 'does not claim concurrency: runs invocations side by side' });
  });
});
