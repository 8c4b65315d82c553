/** A changelog that is not as a release needs it. */
export class ChangelogError extends Error {}

/** What stands under "Unreleased"; throws a `ChangelogError` where that is nothing. */
export function unreleasedNotes(text: string): string;

/** The text with what was unreleased under the heading of a version, and an empty "Unreleased" above it. */
export function withRelease(text: string, version: string, date: string): string;

/** What stands under the heading of a version; throws a `ChangelogError` where there is none. */
export function notesOf(text: string, version: string): string;
