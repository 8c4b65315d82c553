import { parseObject } from './json-object.js';

/** A line of the function's output, as it is logged. */
export interface FunctionLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  /** The invocation that wrote it, where the sub-runtime says so. */
  readonly requestId?: string | undefined;
  /** What else a structured line holds. */
  readonly fields?: object | undefined;
}

/**
 * The names of the levels in the loggers of many languages, and the numbers of pino and bunyan. Fatal is the host's own
 * level, since such a line is written before anything else goes on.
 */
const LEVELS = new Map<unknown, FunctionLine['level']>([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['information', 'info'],
  ['notice', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['fatal', 'error'],
  ['panic', 'error'],
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'error'],
]);

/** What the sub-runtimes that ship put before a line: `[<request id>] `. An id has no spaces. */
const STAMP = /^\[(\S{1,256})\] /;

/**
 * Reads a line of a sub-runtime's output. The invocation that wrote it may be given in two forms, which go together:
 * - `[<request id>] text`; of the stamp that stands first, what comes behind it can take nothing back
 * - a JSON object with a string `message` or `msg`: its `requestId` and `level` are taken over, what else it holds is kept
 *
 * Only the id of an invocation counts, so that `[INFO] text`, and a `requestId` of some other system, stay what they are.
 * A line that tells no level is info, whichever stream it came on: loggers of many languages write everything to stderr.
 */
export function readFunctionLine(line: string, isInvocation: (requestId: string) => boolean): FunctionLine {
  const [stamp, requestId] = (line.startsWith('[') && STAMP.exec(line)) || [];
  if (stamp === undefined || requestId === undefined || !isInvocation(requestId)) return readText(line, isInvocation);
  const text = line.slice(stamp.length);
  // Of a handler that stamps its lines itself.
  const rest = text.startsWith(stamp) ? text.slice(stamp.length) : text;
  return { ...readText(rest, (candidate) => candidate === requestId), requestId };
}

function readText(line: string, isInvocation: (requestId: string) => boolean): FunctionLine {
  const object = line.startsWith('{') ? parseObject(line) : undefined;
  const text = object?.['message'] ?? object?.['msg'];
  if (!object || typeof text !== 'string') return { level: 'info', text: line };
  const { message: _message, msg: _msg, level, requestId, ...others } = object;
  const known = typeof requestId === 'string' && isInvocation(requestId);
  const rest = known || requestId === undefined ? others : { requestId, ...others };
  return {
    level: LEVELS.get(typeof level === 'string' ? level.toLowerCase() : level) ?? 'info',
    text,
    requestId: known ? requestId : undefined,
    fields: Object.keys(rest).length > 0 ? rest : undefined,
  };
}
