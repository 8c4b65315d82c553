/** Reads and changes a changelog in the form of Keep a Changelog, as text: what people wrote stays as they wrote it. */

const UNRELEASED = /^## Unreleased[ \t]*$/m;
const NEXT_SECTION = /^## /m;

/** A changelog that is not as a release needs it. */
export class ChangelogError extends Error {}

/** What stands under "Unreleased". Throws a `ChangelogError` where there is no such heading, or nothing but headings under it. */
export function unreleasedNotes(text) {
  const heading = UNRELEASED.exec(text);
  if (!heading) throw new ChangelogError('has no heading "## Unreleased": write one above the newest version');
  const notes = untilNextSection(text.slice(heading.index + heading[0].length));
  if (!/^(?!#)\S/m.test(notes)) {
    throw new ChangelogError('has nothing under "## Unreleased": write down what changes for users');
  }
  return notes;
}

/** The text with what was unreleased under the heading of a version, and an empty "Unreleased" above it. */
export function withRelease(text, version, date) {
  unreleasedNotes(text);
  if (headingOf(version).test(text)) throw new ChangelogError(`has a heading for ${version} already: remove it`);
  return text.replace(UNRELEASED, `## Unreleased\n\n## ${version} - ${date}`);
}

/** What stands under the heading of a version. */
export function notesOf(text, version) {
  const heading = headingOf(version).exec(text);
  if (!heading) throw new ChangelogError(`has no heading for ${version}`);
  return untilNextSection(text.slice(heading.index + heading[0].length));
}

const untilNextSection = (text) => text.split(NEXT_SECTION, 1)[0].trim();

const headingOf = (version) => new RegExp(`^## ${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d[ \\t]*$`, 'm');
