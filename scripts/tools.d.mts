/** Every name that `toolPath` and `ensureTools` know. */
export const TOOL_NAMES: readonly string[];

/** The environment with the project's own tools first on the PATH. */
export function withTools(env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;

/** The path of a tool: the project's own in `.tools/`, else the one on the PATH; `undefined` if there is neither. */
export function toolPath(name: string): string | undefined;

/**
 * Brings the tools that are missing, by default those that the tests and the examples need; resolves with one line for
 * each that cannot be had, saying what to install.
 */
export function ensureTools(names?: readonly string[], say?: (line: string) => void): Promise<string[]>;
