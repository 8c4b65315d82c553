import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SubRuntimeUnderTest } from '../../src/conformance/index.js';
import { toolPath } from '../../scripts/tools.mjs';

/** The interpreter of the tests of `runtimes/python3`. */
export const PYTHON = toolPath('python3') ?? 'python3';

/** Whether this Node runs TypeScript: 22.18 and newer do. */
export const RUNS_TYPESCRIPT = 'typescript' in process.features && Boolean(process.features.typescript);

/** Contents of files by their paths. */
export type Sources = Readonly<Record<string, string>>;

/** Writes files into a new folder, which goes when the test ends, and gives its path. */
export function folderWith(sources: Sources): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  return folder;
}

export interface SubRuntimeOptions {
  /** The handler, a path in the folder; its first file by default. */
  readonly handler?: string;
  readonly environment?: Record<string, string>;
  readonly command?: readonly [string, ...string[]];
}

/** Starts the sub-runtime that ships for a handler; it ends when the test does. */
export async function startSubRuntime(sources: Sources, options: SubRuntimeOptions = {}): Promise<SubRuntimeUnderTest> {
  const [first = ''] = Object.keys(sources);
  const handlerPath = join(folderWith(sources), options.handler ?? first);
  return startHandler(
    handlerPath,
    { ...(first.endsWith('.py') && { SCW_RUNTIME_BINARY: PYTHON }), ...options.environment },
    options.command,
  );
}

/** The same for a handler that is there already. */
export async function startHandler(
  handlerPath: string,
  environment: Record<string, string> = {},
  command?: readonly [string, ...string[]],
): Promise<SubRuntimeUnderTest> {
  const subRuntime = await SubRuntimeUnderTest.start({
    name: handlerPath,
    environment: { ...process.env, SCW_HANDLER_PATH: handlerPath, ...environment },
    claims: [],
    ...(command && { command }),
  });
  onTestFinished(() => subRuntime.stop());
  return subRuntime;
}
