// `console`, loggers and handlers all write through `process.stdout.write` and `process.stderr.write`; here each line of
// theirs gets the id of its invocation. What is written to the file descriptors, by child processes or `fs`, is not seen.
import { currentScope } from './invocation-scope.mjs';
import { LineStamper } from './line-stamper.mjs';

/** How long a line without an end is kept for it where its invocation has been answered. */
const LATE_LINE_MS = 1_000;

/** Those that have been used. */
const streams = new Set();
let exiting = false;

/** From now on. A stream is not made before something is written to it: most of a cold start has no use for one. */
export function stampOutput() {
  for (const name of ['stdout', 'stderr']) {
    const { get, enumerable } = Object.getOwnPropertyDescriptor(process, name);
    let stream;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable,
      get: () => (stream ??= stamped(get.call(process))),
    });
  }
  process.on('exit', () => {
    exiting = true;
    for (const stream of streams) stream.completeAll();
  });
}

/** The last line of an invocation is one, too, even without its end. */
export function completeLines(scope) {
  for (const stream of streams) stream.complete(scope);
}

/** An own `write` also tells pino not to go to the file descriptor. */
function stamped(stream) {
  const writeOut = stream.write;
  const stamper = new LineStamper();
  const send = (bytes, callback) => {
    if (bytes.length > 0) return writeOut.call(stream, bytes, callback);
    if (callback) process.nextTick(callback);
    return true;
  };
  const complete = (scope) => send(stamper.complete(scope));

  stream.write = (chunk, encodingOrCallback, lastCallback) => {
    // For the stream to refuse.
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      return writeOut.call(stream, chunk, encodingOrCallback, lastCallback);
    }
    const hasEncoding = typeof encodingOrCallback !== 'function';
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, hasEncoding ? encodingOrCallback : 'utf8') : chunk;
    const scope = currentScope();
    const accepted = send(stamper.take(bytes, scope), hasEncoding ? lastCallback : encodingOrCallback);
    // Nothing comes any more that would say that this line has no end.
    if (exiting) complete(scope);
    else if (scope?.ended && stamper.isWithin(scope)) setTimeout(complete, LATE_LINE_MS, scope).unref();
    return accepted;
  };
  streams.add({ complete, completeAll: () => send(stamper.completeAll()) });
  return stream;
}
