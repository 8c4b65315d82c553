import { accessSync, constants, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, extname, join } from 'node:path';
import { HostError } from '../../errors.js';
import { isOwnVariable } from './own-variables.js';

/** The few settings that starting the sub-runtime needs; read before anything else is loaded. */
export interface LaunchSettings {
  readonly handlerPath: string;
  readonly handlerIsBinary: boolean;
  readonly runtimeBinary?: string | undefined;
  readonly runtimeBridge?: string | undefined;
  readonly upstreamHost: string;
  readonly upstreamPort: number;
  readonly workers: number;
}

/** How to start worker k, for every k: pure data. */
export interface LaunchPlan {
  readonly command: readonly [string, ...string[]];
  readonly host: string;
  readonly basePort: number;
  readonly workers: number;
  /** Folder of the workers' sockets that only we can enter, `undefined` where none could be made. */
  readonly socketFolder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The interpreter and the extensions of the sub-runtimes that ship. */
const SHIPPED = [
  { folder: 'node', bridge: 'index.mjs', extensions: ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'], binary: /^node/ },
  { folder: 'python3', bridge: 'index.py', extensions: ['.py'], binary: /^python/ },
] as const;

/** The settings as the environment has them. A value that makes no sense is left to the validation to refuse. */
export function launchSettingsOf(environment: Environment): LaunchSettings {
  return {
    handlerPath: environment['SCW_HANDLER_PATH'] ?? '',
    handlerIsBinary: environment['SCW_HANDLER_IS_BINARY'] === 'true',
    runtimeBinary: environment['SCW_RUNTIME_BINARY'] || undefined,
    runtimeBridge: environment['SCW_RUNTIME_BRIDGE'] || undefined,
    upstreamHost: environment['SCW_UPSTREAM_HOST'] || '127.0.0.1',
    upstreamPort: wholeNumber(environment['SCW_UPSTREAM_PORT'], 8081),
    workers: wholeNumber(environment['SUB_RUNTIME_WORKERS'], 1),
  };
}

function wholeNumber(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : fallback;
}

/**
 * What to start, and with which environment.
 * Throws `HostError` `SUB_RUNTIME_NOT_FOUND`, its message naming the variable, where there is nothing to start.
 *
 * @param runtimesFolder Folder of the sub-runtimes that ship.
 */
export function planLaunch(settings: LaunchSettings, environment: Environment, runtimesFolder: string): LaunchPlan {
  const command = commandOf(settings, runtimesFolder, environment['PATH'] ?? '');
  return {
    command,
    host: settings.upstreamHost
      .replace(/^http:\/\//, '')
      .replace(/\/$/, '')
      .replace(/^\[(.*)\]$/, '$1'),
    basePort: settings.upstreamPort,
    workers: settings.workers,
    socketFolder: privateFolder(),
    environment: childEnvironment(settings, environment),
  };
}

/** The socket of worker k. No path is the beginning of another: the leash finds descendants by them. */
export function socketOf(plan: LaunchPlan, worker: number): string | undefined {
  return plan.socketFolder && join(plan.socketFolder, `${worker}.sock`);
}

/** The longest path of a Unix socket on Linux is 107 bytes, on macOS 103. */
const MAX_SOCKET_PATH = 100;

function privateFolder(): string | undefined {
  for (const parent of [tmpdir(), '/tmp', '/dev/shm']) {
    const prefix = join(parent, 'tributary-');
    if (prefix.length + 'XXXXXX/255.sock'.length > MAX_SOCKET_PATH) continue;
    try {
      return mkdtempSync(prefix);
    } catch {
      // A read-only file system: the next folder, or TCP alone.
    }
  }
  return undefined;
}

function childEnvironment(settings: LaunchSettings, environment: Environment): Environment {
  const kept = Object.entries(environment).filter(([name, value]) => !isOwnVariable(name, value ?? ''));
  return { SCW_HANDLER_NAME: 'handle', ...Object.fromEntries(kept), SCW_UPSTREAM_HOST: settings.upstreamHost };
}

/** @param searchPath Where names without a slash are looked for; by default the `PATH` of this process. */
export function commandOf(
  settings: LaunchSettings,
  runtimesFolder: string,
  searchPath = process.env['PATH'] ?? '',
): [string, ...string[]] {
  const { handlerPath, runtimeBinary, runtimeBridge } = settings;
  if (settings.handlerIsBinary) {
    requireExecutable('SCW_HANDLER_PATH', handlerPath, searchPath);
    return [handlerPath];
  }
  if (runtimeBridge) requireFile('SCW_RUNTIME_BRIDGE', runtimeBridge);
  if (runtimeBinary) {
    requireExecutable('SCW_RUNTIME_BINARY', runtimeBinary, searchPath);
    const bridge = runtimeBridge ?? bridgeFor(runtimeBinary, runtimesFolder);
    return bridge ? [runtimeBinary, bridge] : [runtimeBinary];
  }
  const shipped = shippedFor(runtimeBridge ?? resolveHandler(handlerPath));
  if (!shipped) {
    const subject = runtimeBridge ? `SCW_RUNTIME_BRIDGE ${runtimeBridge}` : `SCW_HANDLER_PATH ${handlerPath}`;
    throw new HostError(
      'SUB_RUNTIME_NOT_FOUND',
      `${subject}: no sub-runtime ships for it; set SCW_RUNTIME_BINARY (and SCW_RUNTIME_BRIDGE) to the command of one, ` +
        'or SCW_HANDLER_IS_BINARY=true where the handler is a program that serves by itself',
    );
  }
  const binary = shipped.folder === 'node' ? process.execPath : 'python3';
  requireExecutable(
    'SCW_HANDLER_PATH',
    binary,
    searchPath,
    `SCW_HANDLER_PATH ${handlerPath} needs ${binary}, which is not installed`,
  );
  return [binary, runtimeBridge ?? join(runtimesFolder, shipped.folder, shipped.bridge)];
}

/** The bridge that ships, where the binary given is the interpreter of the handler's language. */
function bridgeFor(binary: string, runtimesFolder: string): string | undefined {
  const shipped = SHIPPED.find((candidate) => candidate.binary.test(basename(binary)));
  return shipped && join(runtimesFolder, shipped.folder, shipped.bridge);
}

function shippedFor(path: string): (typeof SHIPPED)[number] | undefined {
  const extension = extname(path);
  return SHIPPED.find(({ extensions }) => (extensions as readonly string[]).includes(extension));
}

/** The file of a handler whose path has no extension; what does not exist is refused by name. */
function resolveHandler(handlerPath: string): string {
  if (shippedFor(handlerPath) && isFile(handlerPath)) return handlerPath;
  const extensions = SHIPPED.flatMap((shipped) => [...shipped.extensions]);
  const found = extensions.map((extension) => handlerPath + extension).find(isFile);
  if (found) return found;
  if (isFile(handlerPath)) return handlerPath;
  throw new HostError(
    'SUB_RUNTIME_NOT_FOUND',
    `SCW_HANDLER_PATH ${handlerPath} ${problemOf(handlerPath)}, nor is there one with ${extensions.join(', ')}; set it to the handler's file`,
  );
}

function requireExecutable(variable: string, command: string, searchPath: string, missing?: string): void {
  const paths = command.includes('/') ? [command] : searchPath.split(delimiter).map((folder) => join(folder, command));
  if (paths.some(isExecutable)) return;
  throw new HostError(
    'SUB_RUNTIME_NOT_FOUND',
    missing ?? `${variable} ${command} ${problemOf(command)}; set it to a program`,
  );
}

function requireFile(variable: string, path: string): void {
  if (isFile(path)) return;
  throw new HostError('SUB_RUNTIME_NOT_FOUND', `${variable} ${path} ${problemOf(path)}; set it to a file`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** Why a path is not what is needed, as a predicate. */
function problemOf(path: string): string {
  try {
    return statSync(path).isDirectory() ? 'is a folder' : 'is not executable';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return ABSENT.has(code ?? '') ? 'does not exist' : `cannot be looked at (${code})`;
  }
}
