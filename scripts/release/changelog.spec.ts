import { describe, expect, it } from 'vitest';
import { notesOf, unreleasedNotes, withRelease } from './changelog.mjs';

const CHANGELOG = `# Changelog

## Unreleased

### Added

- A thing, whose
  text has two lines.

## 0.1.0 - 2026-11-01

### Fixed

- An older thing.
`;

describe('a release in the changelog', () => {
  it('gets what was unreleased, word for word, and leaves an empty heading above it', () => {
    const text = withRelease(CHANGELOG, '0.2.0', '2026-11-26');
    expect(text).toBe(CHANGELOG.replace('## Unreleased', '## Unreleased\n\n## 0.2.0 - 2026-11-26'));
    expect(notesOf(text, '0.2.0')).toBe('### Added\n\n- A thing, whose\n  text has two lines.');
    expect(notesOf(text, '0.1.0')).toBe('### Fixed\n\n- An older thing.');
  });

  it('is refused where nothing is unreleased but headings', () => {
    const nothing = withRelease(CHANGELOG, '0.2.0', '2026-11-26');
    expect(() => unreleasedNotes(nothing)).toThrow('has nothing under "## Unreleased": write down what changes');
    const headings = nothing.replace('## Unreleased', '## Unreleased\n\n### Added');
    expect(() => withRelease(headings, '0.3.0', '2026-11-27')).toThrow('has nothing under');
    expect(() => unreleasedNotes('# Changelog\n')).toThrow('has no heading "## Unreleased"');
  });

  it('is refused where the version stands there already', () => {
    expect(() => withRelease(CHANGELOG, '0.1.0', '2026-11-26')).toThrow('has a heading for 0.1.0 already');
  });

  it('has no notes where it was not made', () => {
    expect(() => notesOf(CHANGELOG, '0.1')).toThrow('has no heading for 0.1');
    expect(() => notesOf(CHANGELOG, '0x1.0')).toThrow('has no heading for 0x1.0');
  });
});
