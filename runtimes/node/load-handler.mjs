import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** Modules by path, loaded or being loaded. */
const modules = new Map();

/** Modules by path, loaded. */
const loaded = new Map();

/** The module of a handler if it is there already. */
export function loadedModule(path) {
  return loaded.get(path);
}

/** The module of a handler, CommonJS or ES; `path` may lack its extension. Rejects with a message for the user. */
export function loadModule(path) {
  const known = modules.get(path);
  if (known) return known;
  const loading = load(path).catch((error) => {
    // What was not there may be there the next time.
    modules.delete(path);
    throw error;
  });
  modules.set(path, loading);
  return loading;
}

async function load(path) {
  const url = pathToFileURL(fileOf(path)).href;
  try {
    const module = await import(url);
    loaded.set(path, module);
    return module;
  } catch (error) {
    throw userError(`cannot load handler ${path}: ${reasonOf(error)}`, error?.stack);
  }
}

/** Where in the sub-runtime it was raised is of no use to anyone; where in the handler is. */
function userError(message, handlerStack) {
  const error = new Error(message);
  error.stack = handlerStack ? `${message}\n${handlerStack}` : message;
  return error;
}

function fileOf(path) {
  const file = ['', ...EXTENSIONS].map((extension) => path + extension).find(isFile);
  if (file) return file;
  try {
    // A folder with a package.json or an index.js, as `require` has it.
    return createRequire(import.meta.url).resolve(path);
  } catch {
    throw userError(`cannot load handler ${path}: there is no such file, nor one with ${EXTENSIONS.join(', ')}`);
  }
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function reasonOf(error) {
  if (error?.code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[mc]?ts\b/.test(error.message)) {
    return `Node ${process.version} does not run TypeScript; use Node 22.18 or newer, or compile it to JavaScript`;
  }
  if (error instanceof SyntaxError) return `SyntaxError: ${error.message}`;
  return error?.message ?? String(error);
}

/**
 * The exported function of that name, and the object that it is a method of where it comes from a default export.
 * Throws where there is none; the message names those that there are.
 */
export function findFunction(module, name, path) {
  if (typeof module[name] === 'function' && name !== MODULE_EXPORTS) return { handle: module[name], owner: undefined };
  for (const owner of defaultsOf(module)) {
    if (has(owner, name) && typeof owner[name] === 'function') return { handle: owner[name], owner };
  }
  const names = functionsOf(module);
  const others = names.length > 0 ? `it exports ${names.join(', ')}` : 'it exports no function';
  throw userError(`handler ${path} exports no function ${JSON.stringify(name)}; ${others}`);
}

/** An export that newer versions of Node add to a CommonJS module. */
const MODULE_EXPORTS = 'module.exports';

/** The default export, and that of a module which was compiled to CommonJS. */
function defaultsOf(module) {
  const outer = module.default;
  return [outer, outer?.default].filter((value) => value && ['object', 'function'].includes(typeof value));
}

/** Methods of a class count, what every object and function has does not. */
function has(owner, name) {
  return Object.hasOwn(owner, name) || (name in owner && !(name in Function.prototype));
}

function functionsOf(module) {
  const names = [module, ...defaultsOf(module)].flatMap((owner) =>
    Object.keys(owner).filter((name) => typeof owner[name] === 'function' && name !== MODULE_EXPORTS),
  );
  return [...new Set(names)];
}
