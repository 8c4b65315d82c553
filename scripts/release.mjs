#!/usr/bin/env node
/**
 * What `npm run release -- minor` has done beside what `npm version` does: npm calls `check` before it, and `write` between
 * the new version and the commit. `notes` prints what the changelog says of the version that package.json has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { inProject } from './lib/root.mjs';
import { CommandFailed, run } from './lib/run.mjs';
import { ChangelogError, notesOf, unreleasedNotes, withRelease } from './release/changelog.mjs';
import { withVersion, writeVersion } from './release/version-carriers.mjs';

const CHANGELOG = 'CHANGELOG.md';
const changelog = () => readFileSync(inProject(CHANGELOG), 'utf8');
const version = () => JSON.parse(readFileSync(inProject('package.json'), 'utf8')).version;

const commands = {
  /** npm refuses a changed file; what git does not know yet would be missing in the release, too. What `write` needs is looked at. */
  async check() {
    const changed = await run(['git', 'status', '--porcelain']);
    if (changed !== '') throw new ReleaseRefused(`commit or remove first:\n${changed.trimEnd()}`);
    unreleasedNotes(changelog());
    withVersion(inProject(), version());
  },
  async write() {
    const today = new Date().toISOString().slice(0, 10);
    writeFileSync(inProject(CHANGELOG), withRelease(changelog(), version(), today));
    await run(['git', 'add', '--', CHANGELOG, ...writeVersion(inProject(), version())]);
  },
  notes() {
    console.log(notesOf(changelog(), version()));
  },
};

class ReleaseRefused extends Error {}

const [name] = process.argv.slice(2);
if (!Object.hasOwn(commands, name ?? '')) {
  console.error(
    `scripts/release.mjs: expected one of ${Object.keys(commands).join(', ')}; to release: npm run release -- minor`,
  );
  process.exit(64);
}
try {
  await commands[name]();
} catch (error) {
  if (error instanceof ChangelogError) console.error(`release: ${CHANGELOG} ${error.message}`);
  else if (error instanceof CommandFailed) console.error(`release: ${error.message}\n${error.output.trimEnd()}`);
  else console.error(`release: ${error.message}`);
  process.exit(1);
}
