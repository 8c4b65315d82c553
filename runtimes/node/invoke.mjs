import { answerOf, failure } from './answer.mjs';
import { findFunction, loadModule } from './load-handler.mjs';
import { log } from './log.mjs';

/** Runs one invocation; resolves with the answer, whatever happens. `text` is the body of the request. */
export async function invoke(text) {
  let request;
  try {
    request = JSON.parse(text);
    if (typeof request?.handlerPath !== 'string') throw new TypeError('handlerPath is missing');
  } catch (error) {
    return failure(400, `that is no invocation: ${error.message}`);
  }
  try {
    const module = await loadModule(request.handlerPath);
    const handler = findFunction(module, request.handlerName, request.handlerPath);
    return answerOf(await call(handler, request.event, request.context));
  } catch (error) {
    log(stackOf(error), request.context?.requestId);
    return failure(500, messageOf(error));
  }
}

/**
 * Whichever comes first counts: the callback, or what the handler returned, awaited. `undefined` from a handler that
 * declares the callback and is not async means that the callback will come.
 */
function call({ handle, owner }, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error ? reject(error) : resolve(result));
    const returned = handle.call(owner, event, context, callback);
    if (returned !== undefined || handle.length < 3) resolve(returned);
  });
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
