import { answerOf, failure } from './answer.mjs';
import { currentScope, InvocationScope } from './invocation-scope.mjs';
import { findFunction, loadedModule, loadModule } from './load-handler.mjs';
import { logError } from './log.mjs';
import { completeLines } from './stamped-output.mjs';

/** Runs one invocation; resolves with the answer, whatever happens. `text` is the body of the request. */
export async function invoke(text) {
  let request;
  try {
    request = JSON.parse(text);
    if (typeof request?.handlerPath !== 'string') throw new TypeError('handlerPath is missing');
  } catch (error) {
    return failure(400, `that is no invocation: ${error.message}`);
  }
  const scope = new InvocationScope(request.context?.requestId);
  try {
    // Node keeps of every promise whose it is, which costs: none is made where there is nothing to wait for.
    const module = loadedModule(request.handlerPath) ?? (await loadModule(request.handlerPath));
    const handler = findFunction(module, request.handlerName, request.handlerPath);
    return answerOf(await scope.run(call, handler, request.event, request.context));
  } catch (error) {
    scope.run(logError, stackOf(error));
    return failure(500, messageOf(error));
  } finally {
    scope.ended = true;
    completeLines(scope);
  }
}

/** What a handler started and nothing catches ends the process: says which invocation it was. Node prints it once more. */
export function logUncaught(error) {
  if (currentScope()) logError(`Uncaught ${stackOf(error)}`);
}

/**
 * Whichever comes first counts: the callback, or what the handler returned, awaited. `undefined` from a handler that
 * declares the callback and is not async means that the callback will come.
 */
function call({ handle, owner }, event, context) {
  if (handle.length === 1 || handle.length === 2) return callWithoutPromise(handle, owner, event, context);
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handle.call(owner, event, context, callback);
    if (returned !== undefined || handle.length < 3) resolve(returned);
  });
}

/** The same for a handler that names its parameters, and no callback: it can only be called before the handler returns. */
function callWithoutPromise(handle, owner, event, context) {
  let given;
  const callback = (error, result) => (given ??= { error, result });
  const returned = handle.call(owner, event, context, callback);
  if (!given) return returned;
  if (given.error) throw given.error;
  return given.result;
}

/** Anything can be thrown, and given to the callback. */
function messageOf(error) {
  if (error instanceof Error) return error.message || error.name;
  if (typeof error?.message === 'string' && error.message) return error.message;
  return typeof error === 'string' ? error : describe(error);
}

function stackOf(error) {
  return typeof error?.stack === 'string' ? error.stack : messageOf(error);
}

function describe(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
