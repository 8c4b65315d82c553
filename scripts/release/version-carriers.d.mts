/** A file that carries the version of this package, or a folder with such files; the version stands behind `before`. */
export interface VersionCarrier {
  readonly path: string;
  readonly before: RegExp;
}

export const VERSION_CARRIERS: readonly VersionCarrier[];

/** Writes the version wherever it is carried below a folder; gives the files. Throws where a file carries none. */
export function writeVersion(folder: string, version: string): string[];
