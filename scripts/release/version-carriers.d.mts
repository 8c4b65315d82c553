/** A file that carries the version of this package, behind a text. */
export interface VersionCarrier {
  readonly file: string;
  readonly before: string;
}

export const VERSION_CARRIERS: readonly VersionCarrier[];

/** Writes the version into each carrier below a folder; gives their names. Throws where one does not carry any. */
export function writeVersion(folder: string, version: string): string[];
